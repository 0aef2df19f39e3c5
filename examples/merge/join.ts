/** Joins the components of tiles across their borders into the objects of the image. */

/** What `detect` writes for a tile; see there. */
export interface Detection {
  /** `[area, left, top, right, bottom, sumX, sumY, firstX]` */
  readonly components: readonly (readonly number[])[];
  /** x, y, component; x, y, component; ... */
  readonly border: readonly number[];
}

/** One entry of the catalogue. */
export interface CatalogueObject {
  /** From 1, in the order of the catalogue. */
  readonly id: number;
  /** In pixels. */
  readonly area: number;
  /** x, y, width and height. */
  readonly bbox: readonly [number, number, number, number];
  /** Mean of the x and of the y of its pixels, not rounded; the centre of the first pixel is 0, 0. */
  readonly centroid: readonly [number, number];
}

/** Part or whole of an object. Mutable, since parts grow together. */
interface Part {
  area: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
  sumX: number;
  sumY: number;
  /** The leftmost pixel of the top row. No two objects share it, so it decides where their bounding boxes begin alike. */
  firstX: number;
}

/** The objects of at least `minArea` pixels, by bbox y, then bbox x, then the first pixel in reading order. */
export function joinTiles(
  detections: readonly Detection[],
  image: { readonly width: number; readonly height: number },
  minArea: number,
): CatalogueObject[] {
  const parts = detections.flatMap((detection) => detection.components.map(partOf));
  const roots = joinBorders(detections, image, parts.length);
  const whole = new Map<number, Part>();
  parts.forEach((part, index) => {
    const root = find(roots, index);
    const object = whole.get(root);
    if (object === undefined) whole.set(root, part);
    else grow(object, part);
  });
  return [...whole.values()]
    .filter((object) => object.area >= minArea)
    .sort((a, b) => a.top - b.top || a.left - b.left || a.firstX - b.firstX)
    .map((object, index) => ({
      id: index + 1,
      area: object.area,
      bbox: [object.left, object.top, object.right - object.left + 1, object.bottom - object.top + 1],
      centroid: [object.sumX / object.area, object.sumY / object.area],
    }));
}

function partOf(component: readonly number[]): Part {
  const [area = 0, left = 0, top = 0, right = 0, bottom = 0, sumX = 0, sumY = 0, firstX = 0] = component;
  return { area, left, top, right, bottom, sumX, sumY, firstX };
}

function grow(object: Part, part: Part): void {
  if (part.top < object.top) object.firstX = part.firstX;
  else if (part.top === object.top) object.firstX = Math.min(object.firstX, part.firstX);
  object.area += part.area;
  object.left = Math.min(object.left, part.left);
  object.top = Math.min(object.top, part.top);
  object.right = Math.max(object.right, part.right);
  object.bottom = Math.max(object.bottom, part.bottom);
  object.sumX += part.sumX;
  object.sumY += part.sumY;
}

/** A forest over all parts, in which parts that touch have the same root. */
function joinBorders(
  detections: readonly Detection[],
  { width, height }: { readonly width: number; readonly height: number },
  count: number,
): Int32Array {
  const roots = Int32Array.from({ length: count }, (_, index) => index);
  // Which part (plus 1; 0 is none) each pixel on a tile's edge belongs to. Any two of them that touch are one object.
  const edges = new Int32Array(width * height);
  let first = 1;
  for (const { components, border } of detections) {
    for (let i = 0; i < border.length; i += 3) {
      edges[(border[i + 1] ?? 0) * width + (border[i] ?? 0)] = first + (border[i + 2] ?? 0);
    }
    first += components.length;
  }
  for (const { border } of detections) {
    for (let i = 0; i < border.length; i += 3)
      joinPixel(roots, edges, width, border[i] ?? 0, border[i + 1] ?? 0);
  }
  return roots;
}

/** Looks at the four neighbours that come before in reading order; the other four look back themselves. */
function joinPixel(roots: Int32Array, edges: Int32Array, width: number, x: number, y: number): void {
  const here = edges[y * width + x] ?? 0;
  for (const [dx, dy] of BEFORE) {
    if (x + dx < 0 || x + dx >= width || y + dy < 0) continue;
    const there = edges[(y + dy) * width + x + dx] ?? 0;
    if (there !== 0 && there !== here) roots[find(roots, there - 1)] = find(roots, here - 1);
  }
}

const BEFORE = [
  [-1, 0],
  [-1, -1],
  [0, -1],
  [1, -1],
] as const;

function find(roots: Int32Array, index: number): number {
  let at = index;
  for (;;) {
    const parent = roots[at] ?? at;
    if (parent === at) return at;
    // Halves the path for the next one who asks.
    roots[at] = roots[parent] ?? parent;
    at = parent;
  }
}
