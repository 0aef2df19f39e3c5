/** Where the tiles of an image lie, and their pixels. */
import { TooManyTiles } from "./errors.ts";
import type { RgbImage } from "./rgb.ts";

/** A part of an image, in its pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Tiles travel through the state machine, whose state may have 262,144 bytes. */
const MAXIMUM_TILES = 1000;

/** Row after row; the last ones are smaller where the tile size does not divide the image. Throws TooManyTiles. */
export function layTiles(image: Pick<RgbImage, "width" | "height">, tileSize: number): Area[] {
  const { width, height } = image;
  const count = Math.ceil(width / tileSize) * Math.ceil(height / tileSize);
  if (count > MAXIMUM_TILES) {
    throw new TooManyTiles(
      `an image of ${String(width)} x ${String(height)} pixels has ${String(count)} tiles of ${String(tileSize)}, ` +
        `more than ${String(MAXIMUM_TILES)}; give a larger tileSize`,
    );
  }
  const tiles: Area[] = [];
  for (let y = 0; y < height; y += tileSize) {
    for (let x = 0; x < width; x += tileSize) {
      tiles.push({ x, y, width: Math.min(tileSize, width - x), height: Math.min(tileSize, height - y) });
    }
  }
  return tiles;
}

/** A copy of the pixels of an area. */
export function cutTile(image: RgbImage, area: Area): Uint8Array {
  const pixels = new Uint8Array(area.width * area.height * 3);
  for (let row = 0; row < area.height; row++) {
    const start = ((area.y + row) * image.width + area.x) * 3;
    pixels.set(image.data.subarray(start, start + area.width * 3), row * area.width * 3);
  }
  return pixels;
}
