/** One standard queue: what is sent, what is in flight, and whose visibility comes back. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock";

export type MessageAttributes = Readonly<
  Record<
    string,
    {
      readonly DataType: string;
      readonly StringValue?: string | undefined;
      readonly BinaryValue?: string | undefined;
    }
  >
>;

/** What a queue is set to; times in seconds, bounds and defaults are SQS's. */
export interface QueueSettings {
  readonly arn: string;
  readonly name: string;
  readonly url: string;
  readonly visibilityTimeoutSeconds: number;
  readonly delaySeconds: number;
  readonly receiveWaitTimeSeconds: number;
  readonly messageRetentionSeconds: number;
  readonly maxMessageSize: number;
  /** Null: a message stays, however often it is received. */
  readonly redrive: { readonly deadLetterArn: string; readonly maxReceiveCount: number } | null;
}

export interface SentMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
}

export interface ReceivedMessage extends SentMessage {
  readonly receiptHandle: string;
  readonly sentMs: number;
  readonly firstReceivedMs: number;
  readonly receiveCount: number;
}

export interface Queue {
  readonly settings: QueueSettings;
  send(body: string, attributes?: MessageAttributes, delaySeconds?: number): SentMessage;
  /** Waits up to `waitSeconds` for a first message; empty when none came, or `signal` aborts. */
  receive(
    options: { readonly count: number; readonly visibilitySeconds: number; readonly waitSeconds: number },
    signal: AbortSignal,
  ): Promise<readonly ReceivedMessage[]>;
  /** A receipt that is not known any more is as good as one that is. */
  remove(receiptHandle: string): void;
  /** False: there is no such message in flight. */
  changeVisibility(receiptHandle: string, seconds: number): boolean;
  /** All messages go; who waits for one goes on waiting. */
  purge(): void;
  counts(): { readonly visible: number; readonly inFlight: number; readonly delayed: number };
}

/** A message as its queue has it. */
export interface QueuedMessage extends SentMessage {
  readonly sentMs: number;
  firstReceivedMs: number;
  receiveCount: number;
  receiptHandle: string | null;
  /** Not shown before. */
  visibleMs: number;
}

/** Where one queue's messages are known beyond the process. */
export interface MessageRecords {
  /** In the order in which they were sent. */
  all(): readonly QueuedMessage[];
  /** One that is new, or has changed. */
  keep(message: QueuedMessage): void;
  remove(id: string): void;
}

/** `deadLetter` takes what was received too often. @default records none: messages are gone with the process */
export function createQueue(
  settings: QueueSettings,
  clock: Clock,
  deadLetter: (arn: string, message: SentMessage) => void,
  records: MessageRecords | null = null,
): Queue {
  const messages = new Set<QueuedMessage>(records?.all());
  const waiting = new Set<() => void>();

  function drop(message: QueuedMessage): void {
    if (messages.delete(message)) records?.remove(message.id);
  }

  /** What is too old is gone. */
  function current(): readonly QueuedMessage[] {
    const oldestMs = clock.now() - settings.messageRetentionSeconds * 1000;
    for (const message of messages) {
      if (message.sentMs > oldestMs) break;
      drop(message);
    }
    return [...messages];
  }

  function take(count: number, visibilitySeconds: number): readonly ReceivedMessage[] {
    const now = clock.now();
    const taken: ReceivedMessage[] = [];
    for (const message of current()) {
      if (taken.length === count) break;
      if (message.visibleMs > now) continue;
      const { redrive } = settings;
      if (redrive !== null && message.receiveCount >= redrive.maxReceiveCount) {
        drop(message);
        deadLetter(redrive.deadLetterArn, message);
        continue;
      }
      message.receiveCount += 1;
      if (message.receiveCount === 1) message.firstReceivedMs = now;
      const receiptHandle = randomUUID();
      message.receiptHandle = receiptHandle;
      hide(message, visibilitySeconds);
      taken.push({ ...message, receiptHandle });
    }
    return taken;
  }

  function hide(message: QueuedMessage, seconds: number): void {
    message.visibleMs = clock.now() + seconds * 1000;
    records?.keep(message);
    for (const look of waiting) look();
  }

  /** When the next hidden message shows; null when there is none. */
  function nextVisibleMs(): number | null {
    const times = [...messages].map(({ visibleMs }) => visibleMs).filter((timeMs) => timeMs > clock.now());
    return times.length === 0 ? null : Math.min(...times);
  }

  function find(receiptHandle: string): QueuedMessage | undefined {
    return [...messages].find((message) => message.receiptHandle === receiptHandle);
  }

  return {
    settings,
    send(body, attributes = {}, delaySeconds = settings.delaySeconds) {
      const now = clock.now();
      const message: QueuedMessage = {
        id: randomUUID(),
        body,
        attributes,
        sentMs: now,
        firstReceivedMs: 0,
        receiveCount: 0,
        receiptHandle: null,
        visibleMs: now,
      };
      messages.add(message);
      hide(message, delaySeconds);
      return message;
    },
    receive({ count, visibilitySeconds, waitSeconds }, signal) {
      const taken = take(count, visibilitySeconds);
      if (taken.length > 0 || waitSeconds === 0 || signal.aborted) return Promise.resolve(taken);
      return new Promise((resolve) => {
        const end = (found: readonly ReceivedMessage[]): void => {
          waiting.delete(look);
          cancel();
          cancelLook();
          signal.removeEventListener("abort", leave);
          resolve(found);
        };
        const leave = (): void => {
          end([]);
        };
        const look = (): void => {
          const found = take(count, visibilitySeconds);
          if (found.length > 0) {
            end(found);
            return;
          }
          cancelLook();
          const nextMs = nextVisibleMs();
          if (nextMs !== null) cancelLook = clock.after(nextMs - clock.now(), look);
        };
        let cancelLook = (): void => undefined;
        const cancel = clock.after(waitSeconds * 1000, leave);
        waiting.add(look);
        look();
        signal.addEventListener("abort", leave, { once: true });
      });
    },
    remove(receiptHandle) {
      const message = find(receiptHandle);
      if (message !== undefined) drop(message);
    },
    purge() {
      for (const message of messages) drop(message);
    },
    changeVisibility(receiptHandle, seconds) {
      const message = find(receiptHandle);
      if (message === undefined || message.visibleMs <= clock.now()) return false;
      hide(message, seconds);
      return true;
    },
    counts() {
      const now = clock.now();
      const hidden = current().filter(({ visibleMs }) => visibleMs > now);
      const delayed = hidden.filter(({ receiveCount }) => receiveCount === 0).length;
      return { visible: messages.size - hidden.length, inFlight: hidden.length - delayed, delayed };
    },
  };
}
