/** The pixel work of the example functions, held against a naive labelling of the whole image. */
import fc from "fast-check";
import { findComponents } from "../../examples/detect/components";
import { joinTiles } from "../../examples/merge/join";
import { cutTile, layTiles } from "../../examples/split/tiles";
import type { RgbImage } from "../../examples/split/rgb";

/** What the three functions make of an image, without S3 between them. */
function catalogue(image: RgbImage, options: { tileSize: number; threshold: number; minArea: number }) {
  const detections = layTiles(image, options.tileSize).map((area) =>
    findComponents({ ...area, data: cutTile(image, area) }, options.threshold),
  );
  return joinTiles(detections, image, options.minArea);
}

/** By the book: visit pixels in reading order, and walk over each bright one's neighbours. */
function naiveCatalogue(image: RgbImage, { threshold, minArea }: { threshold: number; minArea: number }) {
  const { width, height, data } = image;
  const bright = (x: number, y: number): boolean => {
    if (x < 0 || y < 0 || x >= width || y >= height) return false;
    const [red = 0, green = 0, blue = 0] = data.subarray((y * width + x) * 3);
    return Math.floor((299 * red + 587 * green + 114 * blue) / 1000) >= threshold;
  };
  const seen = new Set<string>();
  const objects: [number, number][][] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixels: [number, number][] = [];
      const visit = [[x, y] as [number, number]];
      for (let at = visit.pop(); at !== undefined; at = visit.pop()) {
        if (!bright(...at) || seen.has(at.join())) continue;
        seen.add(at.join());
        pixels.push(at);
        for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) visit.push([at[0] + dx, at[1] + dy]);
      }
      if (pixels.length > 0) objects.push(pixels);
    }
  }
  return objects
    .filter((pixels) => pixels.length >= minArea)
    .map((pixels) => {
      const [xs, ys] = [pixels.map(([x]) => x), pixels.map(([, y]) => y)];
      const [left, top] = [Math.min(...xs), Math.min(...ys)];
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      return {
        area: pixels.length,
        bbox: [left, top, Math.max(...xs) - left + 1, Math.max(...ys) - top + 1],
        centroid: [mean(xs), mean(ys)],
      };
    })
    .sort((a, b) => (a.bbox[1] ?? 0) - (b.bbox[1] ?? 0) || (a.bbox[0] ?? 0) - (b.bbox[0] ?? 0))
    .map((object, index) => ({ id: index + 1, ...object }));
}

/** An image of `.` for black, `#` for white. */
function drawn(...rows: string[]): RgbImage {
  const data = Uint8Array.from(rows.join("").replace(/./g, "$&$&$&"), (pixel) => (pixel === "#" ? 255 : 0));
  return { width: rows[0]?.length ?? 0, height: rows.length, data };
}

const images = fc
  .record({
    width: fc.integer({ min: 1, max: 24 }),
    height: fc.integer({ min: 1, max: 24 }),
    density: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .chain(({ width, height, density }) =>
    fc
      .array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 0xffffff })), {
        minLength: width * height,
        maxLength: width * height,
      })
      .map((pixels): RgbImage => {
        const colours = pixels.map(([chance, colour]) =>
          chance < density ? colour | 0x808080 : colour & 0x3f3f3f,
        );
        return {
          width,
          height,
          data: Uint8Array.from(colours.flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255])),
        };
      }),
  );

test("any image, cut into tiles of any size, has the objects that a labelling of the whole image finds", () => {
  fc.assert(
    fc.property(
      images,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 1, max: 6 }),
      (image, tileSize, threshold, minArea) => {
        expect(catalogue(image, { tileSize, threshold, minArea })).toEqual(
          naiveCatalogue(image, { threshold, minArea }),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test("two pixels that touch only at the corner where four tiles meet are one object, on either diagonal", () => {
  const falling = drawn("....", ".#..", "..#.", "....");
  const rising = drawn("....", "..#.", ".#..", "....");
  for (const image of [falling, rising]) {
    expect(catalogue(image, { tileSize: 2, threshold: 60, minArea: 2 })).toEqual([
      { id: 1, area: 2, bbox: [1, 1, 2, 2], centroid: [1.5, 1.5] },
    ]);
  }
});

test("pixels at the two ends of neighbouring rows do not touch", () => {
  expect(catalogue(drawn("...#", "#..."), { tileSize: 2, threshold: 60, minArea: 1 })).toHaveLength(2);
});

test("the smallest area counts pixels of the whole image, not of a tile", () => {
  const cross = drawn(".##.", "####", "####", ".##.");
  expect(catalogue(cross, { tileSize: 2, threshold: 60, minArea: 12 })).toHaveLength(1);
  expect(catalogue(cross, { tileSize: 2, threshold: 60, minArea: 13 })).toEqual([]);
});

test("objects whose boxes begin at the same pixel are ordered by their first pixel, whatever the tiles and their order", () => {
  const image = drawn(".#.#", "#..#", "...#", "###.");
  for (const tileSize of [1, 2, 3, 4]) {
    const detections = layTiles(image, tileSize).map((area) =>
      findComponents({ ...area, data: cutTile(image, area) }, 60),
    );
    for (const order of [detections, detections.toReversed()]) {
      expect(joinTiles(order, image, 1).map(({ bbox }) => bbox)).toEqual([
        [0, 0, 2, 2],
        [0, 0, 4, 4],
      ]);
    }
  }
});

test("a threshold of 0 makes the whole image one object", () => {
  expect(catalogue(drawn("..", ".."), { tileSize: 1, threshold: 0, minArea: 1 })).toEqual([
    { id: 1, area: 4, bbox: [0, 0, 2, 2], centroid: [0.5, 0.5] },
  ]);
});

test("luminance is weighed by eye and rounded down", () => {
  // 299 * 1 + 587 * 1 + 114 * 0 = 886: not yet 1.
  const image: RgbImage = { width: 2, height: 1, data: Uint8Array.from([1, 1, 0, 1, 1, 1]) };
  expect(catalogue(image, { tileSize: 64, threshold: 1, minArea: 1 }).map(({ bbox }) => bbox)).toEqual([
    [1, 0, 1, 1],
  ]);
});
