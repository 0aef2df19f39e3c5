/** Queues and their messages as they are kept: a document for each. */
import type { Json } from "../../graph";
import type { Keeper } from "../keeper";
import type { MessageRecords, QueuedMessage, QueueSettings } from "./queue";

export interface KeptQueues {
  queues(): readonly QueueSettings[];
  keep(settings: QueueSettings): void;
  /** Its messages are removed one by one. */
  remove(name: string): void;
  messagesOf(name: string): MessageRecords;
}

const QUEUE = "queue";
const MESSAGE = "message";

export function keptQueues(keeper: Keeper): KeptQueues {
  return {
    queues: () => keeper.documents(QUEUE).map(({ value }) => value as unknown as QueueSettings),
    keep(settings) {
      keeper.keep(QUEUE, settings.name, { ...settings });
    },
    remove(name) {
      keeper.keep(QUEUE, name, null);
    },
    messagesOf(name) {
      // No name of a queue has a space in it.
      const keyOf = (id: string): string => `${name} ${id}`;
      return {
        all: () => keeper.documents(MESSAGE, keyOf("")).map(({ value }) => value as unknown as QueuedMessage),
        keep(message) {
          keeper.keep(MESSAGE, keyOf(message.id), { ...message } as unknown as Json);
        },
        remove(id) {
          keeper.keep(MESSAGE, keyOf(id), null);
        },
      };
    },
  };
}
