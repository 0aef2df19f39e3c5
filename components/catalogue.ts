/** The sample workflow: catalogue the objects of an astronomical image. Pure, and blind to where a function runs. */
import type { TaskStateFields } from "./task-state";
import type { Definition } from "./workflow";

/** An hour, cold pools included. */
const TIMEOUT_SECONDS = 3600;
/** As many as an inline Map runs: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html */
const MAX_CONCURRENCY = 40;

/** What a definition needs of a function. */
interface Callable {
  taskState(fields: TaskStateFields): object;
}

/** Input: `{ bucket, key, threshold, minArea, tileSize }`; output: `{ count, catalogueKey, annotatedKey }`. */
export function catalogueDefinition(functions: {
  readonly split: Callable;
  readonly detect: Callable;
  readonly merge: Callable;
}): Definition {
  return {
    Comment: "Catalogue the objects of an astronomical image",
    StartAt: "Split",
    TimeoutSeconds: TIMEOUT_SECONDS,
    States: {
      Split: functions.split.taskState({ Next: "DetectInTiles" }),
      DetectInTiles: {
        Type: "Map",
        ItemsPath: "$.tiles",
        MaxConcurrency: MAX_CONCURRENCY,
        ItemProcessor: {
          ProcessorConfig: { Mode: "INLINE" },
          StartAt: "Detect",
          States: { Detect: functions.detect.taskState({ End: true }) },
        },
        // Each tile's result is in the bucket, where the tile says; the state stays as Split left it.
        ResultPath: null,
        Next: "Merge",
      },
      Merge: functions.merge.taskState({ End: true }),
    },
  };
}
