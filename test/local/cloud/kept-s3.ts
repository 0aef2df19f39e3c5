/** A local S3 with one bucket in a state directory, for the tests of one file: it can be ended and begun again. */
import { S3Client } from "@aws-sdk/client-s3";
import { systemClock } from "../../../local/cloud/clock";
import { createS3 } from "../../../local/cloud/s3/s3";
import { openState, type State } from "../../../local/cloud/state-store/state";
import { openLoopback, temporaryDirectory, type Loopback } from "./loopback";

export interface KeptS3 {
  /** Of the present run, as `state` is. */
  readonly client: S3Client;
  readonly state: State;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function keepS3(bucket: string): KeptS3 {
  const directory = temporaryDirectory();
  let state: State;
  let loopback: Loopback;
  let client: S3Client;

  const start = async (): Promise<void> => {
    state = openState({
      directory,
      stack: "dev",
      now: Date.now,
      onFailure(error) {
        throw error;
      },
    });
    loopback = await openLoopback((access) => {
      const local = createS3({
        access,
        clock: systemClock,
        directory: state.objectDirectory,
        records: state.s3,
      });
      local.createBucket(bucket);
      return [local.service];
    });
    client = new S3Client(loopback.client);
  };
  const stop = async (): Promise<void> => {
    client.destroy();
    await loopback.close();
    state.close();
  };

  beforeAll(start);
  afterAll(stop);
  return {
    get client() {
      return client;
    },
    get state() {
      return state;
    },
    start,
    stop,
  };
}
