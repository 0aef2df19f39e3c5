/** S3 as the store of spilled payloads, with the worker's own rights. */
import type { SpillStore } from "./spill";

const CONNECT_MS = 5_000;
/** For one try; the SDK makes three. 6 MiB take less than a second within a region. */
const REQUEST_MS = 10_000;

/** The client is loaded with the first object. */
export function spillStoreOnS3(region: string): SpillStore {
  const load = async () => {
    const { GetObjectCommand, PutObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
    const requestHandler = {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
    };
    return { s3: new S3Client({ region, requestHandler }), GetObjectCommand, PutObjectCommand };
  };
  let loaded: ReturnType<typeof load> | undefined;
  return {
    async get({ bucket, key }, limitBytes, signal) {
      const { s3, GetObjectCommand } = await (loaded ??= load());
      const command = new GetObjectCommand({ Bucket: bucket, Key: key });
      const { Body, ContentLength = 0 } = await s3.send(command, { abortSignal: signal });
      if (ContentLength <= limitBytes) return (await Body?.transformToString()) ?? "";
      // Unread, it would keep its connection.
      (Body as { destroy?(): void } | undefined)?.destroy?.();
      return null;
    },
    async put({ bucket, key }, text, signal) {
      const { s3, PutObjectCommand } = await (loaded ??= load());
      const object = { Bucket: bucket, Key: key, Body: text, ContentType: "application/json" };
      await s3.send(new PutObjectCommand(object), { abortSignal: signal });
    },
  };
}
