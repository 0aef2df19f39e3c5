/** Cuts an image in S3 into tiles, which `detect` searches one by one. */
import { createHash } from "node:crypto";
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { decodeImage } from "./decode.ts";
import { ImageNotFound } from "./errors.ts";
import { parseInput, type SplitInput } from "./input.ts";
import { type Area, cutTile, layTiles } from "./tiles.ts";

/** The input of one call of `detect`. Short, since up to 1,000 of them are part of the execution's state. */
export interface Tile extends Area {
  readonly bucket: string;
  /** The tile's pixels: red, green and blue bytes, row after row. */
  readonly tileKey: string;
  /** Where `detect` writes what it found. */
  readonly resultKey: string;
  readonly threshold: number;
}

/** The input of `merge`. */
export interface SplitOutput {
  readonly bucket: string;
  /** Everything that the execution writes is below it. */
  readonly prefix: string;
  readonly width: number;
  readonly height: number;
  readonly threshold: number;
  readonly minArea: number;
  readonly tiles: readonly Tile[];
}

const s3 = new S3Client();
/** Below the 50 sockets of the SDK's client: https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-configuring-maxsockets.html */
const CONCURRENT_WRITES = 32;

/** Throws InvalidInput, ImageNotFound, ImageFormatUnsupported or TooManyTiles. */
export async function handler(event: unknown): Promise<SplitOutput> {
  const input = parseInput(event);
  const { bucket, threshold, minArea } = input;
  const file = await readFile(input);
  const image = decodeImage(file);
  const areas = layTiles(image, input.tileSize);
  const prefix = prefixOf(input, file);
  const tiles = areas.map((area, index) => ({
    bucket,
    tileKey: `${prefix}/t${String(index)}`,
    resultKey: `${prefix}/r${String(index)}`,
    ...area,
    threshold,
  }));
  // `merge` draws into the whole picture; it need not know the image's format, nor put it together again.
  const writes = [
    () => write(bucket, `${prefix}/picture`, image.data),
    ...tiles.map((tile) => () => write(bucket, tile.tileKey, cutTile(image, tile))),
  ];
  await Promise.all(
    Array.from({ length: CONCURRENT_WRITES }, async () => {
      for (let next = writes.shift(); next !== undefined; next = writes.shift()) await next();
    }),
  );
  return { bucket, prefix, width: image.width, height: image.height, threshold, minArea, tiles };
}

/**
 * The same input on the same image writes the same objects, so that a call can be repeated; anything else writes
 * elsewhere, so that executions never meet.
 */
function prefixOf(input: SplitInput, file: Uint8Array): string {
  const hash = createHash("sha256").update(JSON.stringify(input)).update(file).digest("hex");
  return `runs/${hash.slice(0, 12)}`;
}

async function readFile({ bucket, key }: SplitInput): Promise<Uint8Array> {
  try {
    const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await object.Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    // S3 says so only to a caller that may list the bucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    if (!(error instanceof NoSuchKey)) throw error;
    throw new ImageNotFound(`there is no object ${key} in bucket ${bucket}; upload the image first`, {
      cause: error,
    });
  }
}

async function write(bucket: string, key: string, body: Uint8Array): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}
