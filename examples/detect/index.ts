/** Finds the bright components of one tile: the function that moves between Lambda and a pool. */
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { findComponents } from "./components.ts";

/** One tile, as `split` lists it. */
export interface Tile {
  readonly bucket: string;
  readonly tileKey: string;
  readonly resultKey: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly threshold: number;
}

const s3 = new S3Client();

/** Writes what it found to the tile's result key; the same tile gives the same result, however often it is searched. */
export async function handler(tile: Tile): Promise<{ readonly components: number }> {
  const object = await s3.send(new GetObjectCommand({ Bucket: tile.bucket, Key: tile.tileKey }));
  const data = (await object.Body?.transformToByteArray()) ?? new Uint8Array();
  if (data.length !== tile.width * tile.height * 3) {
    const pixels = `${String(tile.width)} x ${String(tile.height)} pixels of 3 bytes`;
    throw new RangeError(
      `${tile.tileKey} must have ${pixels}, got ${String(data.length)} bytes; start the execution again`,
    );
  }
  const detection = findComponents({ ...tile, data }, tile.threshold);
  const body = JSON.stringify(detection);
  await s3.send(
    new PutObjectCommand({
      Bucket: tile.bucket,
      Key: tile.resultKey,
      Body: body,
      ContentType: "application/json",
    }),
  );
  return { components: detection.components.length };
}
