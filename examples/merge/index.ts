/** Joins what was found in the tiles, and writes the catalogue and the annotated picture. */
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { encode } from "fast-png";
import { drawBoxes } from "./boxes.ts";
import { type Detection, joinTiles } from "./join.ts";

/** The output of `split`, after `detect` has searched every tile. */
export interface MergeInput {
  readonly bucket: string;
  readonly prefix: string;
  readonly width: number;
  readonly height: number;
  readonly threshold: number;
  readonly minArea: number;
  readonly tiles: readonly { readonly resultKey: string }[];
}

export interface MergeOutput {
  /** Objects in the catalogue. */
  readonly count: number;
  readonly catalogueKey: string;
  readonly annotatedKey: string;
}

const s3 = new S3Client();
/** Below the 50 sockets of the SDK's client: https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-configuring-maxsockets.html */
const CONCURRENT_READS = 32;

export async function handler(input: MergeInput): Promise<MergeOutput> {
  const { bucket, prefix, width, height, threshold, minArea } = input;
  const picture = await read(bucket, `${prefix}/picture`);
  const objects = joinTiles(await readDetections(input), input, minArea);
  const catalogue = { width, height, threshold, minArea, count: objects.length, objects };
  const boxes = objects.map((object) => object.bbox);
  drawBoxes(picture, input, boxes);
  const annotated = encode({ width, height, channels: 3, data: picture });
  const [catalogueKey, annotatedKey] = [`${prefix}/catalogue.json`, `${prefix}/annotated.png`];
  await Promise.all([
    write(bucket, catalogueKey, JSON.stringify(catalogue), "application/json"),
    write(bucket, annotatedKey, annotated, "image/png"),
  ]);
  return { count: objects.length, catalogueKey, annotatedKey };
}

/** One for each tile, in the order of the tiles. */
async function readDetections({ bucket, tiles }: MergeInput): Promise<Detection[]> {
  const detections: Detection[] = [];
  const left = [...tiles.entries()];
  await Promise.all(
    Array.from({ length: CONCURRENT_READS }, async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [index, { resultKey }] = next;
        detections[index] = JSON.parse(
          Buffer.from(await read(bucket, resultKey)).toString("utf8"),
        ) as Detection;
      }
    }),
  );
  return detections;
}

async function read(bucket: string, key: string): Promise<Uint8Array> {
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return (await object.Body?.transformToByteArray()) ?? new Uint8Array();
}

async function write(
  bucket: string,
  key: string,
  body: string | Uint8Array,
  contentType: string,
): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType }));
}
