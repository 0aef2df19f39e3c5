/** What a view is made with, and what it is to the page. */
import type { Feed, Topics } from "./feed";
import type { Place } from "./router";

export interface Context {
  readonly feed: Feed;
  readonly place: Place;
  /** Says what an action did, or why not. */
  notice(text: string, kind?: "done" | "failed"): void;
}

export interface View {
  /** Of the window and of the view's heading. */
  readonly title: string;
  readonly element: HTMLElement;
  readonly topics: Topics;
  /** Ends timers and listeners. */
  close(): void;
}
