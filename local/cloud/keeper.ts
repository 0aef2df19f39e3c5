/** What outlives the process: where services keep it, and why their answers wait for it. */
import type { Json } from "../graph";
import type { Service } from "./service";

export interface KeptDocument {
  readonly key: string;
  readonly value: Json;
}

/** Keeps documents beyond a kill. What was kept in one turn of the event loop is written together, or not at all. */
export interface Keeper {
  /** In the order in which they first came; those whose keys begin with `prefix`. @default all of the kind */
  documents(kind: string, prefix?: string): readonly KeptDocument[];
  /** Null removes it. */
  keep(kind: string, key: string, value: Json | null): void;
  /**
   * Resolves when all that was done until the end of this turn outlives a kill; rejects when it could not be written. What
   * the outside learns waits for that.
   */
  committed(): Promise<void>;
}

/** What a caller was told stays true after a kill: the answer waits until it is written. */
export function answeringWhenCommitted(service: Service, keeper: Pick<Keeper, "committed"> | null): Service {
  if (keeper === null) return service;
  return {
    signingName: service.signingName,
    async handle(request) {
      const answer = await service.handle(request);
      await keeper.committed();
      return answer;
    },
  };
}
