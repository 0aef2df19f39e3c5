/** Finds the connected components of bright pixels in one tile. */

/** A tile's pixels, and where it lies in the image. */
export interface TilePixels {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Red, green and blue bytes, row after row. */
  readonly data: Uint8Array;
}

/** `[area, left, top, right, bottom, sumX, sumY, firstX]`: edges inclusive; `firstX` is the leftmost pixel of the top row. */
export type Component = [number, number, number, number, number, number, number, number];

/** What `merge` needs of a tile. All coordinates are those of the image. */
export interface Detection {
  readonly components: readonly Component[];
  /** x, y and component of each bright pixel on the tile's edge, one after the other: there components go on. */
  readonly border: readonly number[];
}

/** Pixels touch by side or corner. Luminance is `floor((299 R + 587 G + 114 B) / 1000)`, bright from `threshold` on. */
export function findComponents(tile: TilePixels, threshold: number): Detection {
  const labels = brightPixels(tile, threshold);
  const components: Component[] = [];
  for (let start = 0; start < labels.length; start++) {
    if (labels[start] === BRIGHT) components.push(fill(tile, labels, start, components.length + FIRST_LABEL));
  }
  return { components, border: borderOf(tile, labels) };
}

// What a pixel is: dark, bright and not yet seen, or in component (label - FIRST_LABEL).
const DARK = 0;
const BRIGHT = 1;
const FIRST_LABEL = 2;

function brightPixels({ width, height, data }: TilePixels, threshold: number): Int32Array {
  const labels = new Int32Array(width * height);
  for (let index = 0, byte = 0; index < labels.length; index++) {
    const weighted = 299 * (data[byte++] ?? 0) + 587 * (data[byte++] ?? 0) + 114 * (data[byte++] ?? 0);
    labels[index] = Math.floor(weighted / 1000) >= threshold ? BRIGHT : DARK;
  }
  return labels;
}

/** Labels the whole component of `start`, which is its first pixel in reading order. */
function fill(tile: TilePixels, labels: Int32Array, start: number, label: number): Component {
  const { width, height } = tile;
  let [area, left, right, bottom, sumX, sumY] = [0, width, 0, 0, 0, 0];
  const stack = [start];
  labels[start] = label;
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    const x = index % width;
    const y = (index - x) / width;
    area++;
    sumX += x;
    sumY += y;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y > bottom) bottom = y;
    for (let nextY = Math.max(0, y - 1); nextY <= y + 1 && nextY < height; nextY++) {
      for (let nextX = Math.max(0, x - 1); nextX <= x + 1 && nextX < width; nextX++) {
        const next = nextY * width + nextX;
        if (labels[next] !== BRIGHT) continue;
        labels[next] = label;
        stack.push(next);
      }
    }
  }
  const firstX = start % width;
  const top = (start - firstX) / width;
  const [dx, dy] = [tile.x, tile.y];
  return [
    area,
    left + dx,
    top + dy,
    right + dx,
    bottom + dy,
    sumX + area * dx,
    sumY + area * dy,
    firstX + dx,
  ];
}

function borderOf(tile: TilePixels, labels: Int32Array): number[] {
  const { width, height } = tile;
  const border: number[] = [];
  for (let y = 0; y < height; y++) {
    // Between the first row and the last, only the first pixel and the last are on the edge.
    const step = y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1);
    for (let x = 0; x < width; x += step) {
      const label = labels[y * width + x] ?? DARK;
      if (label !== DARK) border.push(tile.x + x, tile.y + y, label - FIRST_LABEL);
    }
  }
  return border;
}
