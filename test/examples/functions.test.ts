/** The example functions end to end: real processes and real S3 clients, with an S3 of the test's own between them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import jpeg from "jpeg-js";
import { type RunningFunction, startFunction } from "./function";
import { greyJpeg, png, type PngOptions } from "./images";
import { type S3Endpoint, startS3 } from "./s3-endpoint";

interface SplitOutput {
  readonly prefix: string;
  readonly width: number;
  readonly height: number;
  readonly tiles: readonly { readonly tileKey: string; readonly resultKey: string }[];
}

let s3: S3Endpoint;
let functions: Record<"split" | "detect" | "merge", RunningFunction>;

beforeAll(async () => {
  s3 = await startS3();
  functions = {
    split: startFunction("split", s3.url),
    detect: startFunction("detect", s3.url),
    merge: startFunction("merge", s3.url),
  };
});

afterAll(async () => {
  await Promise.all(Object.values(functions).map((running) => running.close()));
  await s3.close();
});

const SETTINGS = { bucket: "images", threshold: 60, minArea: 9, tileSize: 256 };

/** Runs the workflow as the state machine does: split, detect on every tile, merge on split's output. */
async function catalogueOf(file: Buffer, settings: Partial<typeof SETTINGS> = {}) {
  s3.objects.set("images/sky", file);
  const split = await functions.split.call({ ...SETTINGS, key: "sky", ...settings });
  if (split.error !== undefined) throw new Error(`${split.error}: ${String(split.message)}`);
  const { tiles, prefix } = split.output as SplitOutput;
  for (const tile of tiles) await functions.detect.call(tile);
  const merged = (await functions.merge.call(split.output)).output as { count: number; catalogueKey: string };
  expect(merged).toEqual({
    count: expect.any(Number) as number,
    catalogueKey: `${prefix}/catalogue.json`,
    annotatedKey: `${prefix}/annotated.png`,
  });
  const catalogue = JSON.parse(String(s3.objects.get(`images/${merged.catalogueKey}`))) as {
    count: number;
    objects: { id: number; bbox: number[] }[];
  };
  expect(catalogue.count).toBe(merged.count);
  return { split: split.output as SplitOutput, catalogue };
}

const hubble = readFileSync(join(__dirname, "../../examples/hubble-deep-field.png"));

test("the Hubble image has 584 objects, and the same catalogue whatever the tile size", async () => {
  const { catalogue, split } = await catalogueOf(hubble);
  expect(catalogue).toMatchObject({ width: 1000, height: 872, threshold: 60, minArea: 9, count: 584 });
  expect(Object.keys(catalogue)).toEqual(["width", "height", "threshold", "minArea", "count", "objects"]);
  expect(catalogue.objects.map(({ id }) => id)).toEqual(Array.from({ length: 584 }, (_, index) => index + 1));
  expect(split.tiles).toHaveLength(16);
  expect((await catalogueOf(hubble, { tileSize: 100 })).catalogue).toEqual(catalogue);
  expect((await catalogueOf(hubble, { tileSize: 4000 })).catalogue).toEqual(catalogue);
});

test("the annotated picture is a PNG of the same size that differs by the boxes", async () => {
  const lone = png({
    width: 80,
    height: 70,
    depth: 8,
    colourType: 2,
    pixel: (x, y) => (x === 20 && y === 30 ? [255, 255, 255] : [9, 9, 9]),
  });
  const { split } = await catalogueOf(lone, { minArea: 1 });
  // Read by splitting it in turn: its picture is then the decoded annotation.
  s3.objects.set(
    "images/annotated",
    s3.objects.get(`images/${split.prefix}/annotated.png`) ?? Buffer.alloc(0),
  );
  const again = (await functions.split.call({ ...SETTINGS, key: "annotated" })).output as SplitOutput;
  const picture = s3.objects.get(`images/${again.prefix}/picture`) ?? Buffer.alloc(0);
  const colourAt = (x: number, y: number) => [...picture.subarray((y * 80 + x) * 3, (y * 80 + x) * 3 + 3)];
  expect([again.width, again.height]).toEqual([80, 70]);
  expect(colourAt(20, 30)).toEqual([255, 255, 255]);
  for (const [x, y] of [
    [19, 29],
    [20, 29],
    [21, 29],
    [19, 30],
    [21, 30],
    [19, 31],
    [20, 31],
    [21, 31],
  ] as const) {
    expect(colourAt(x, y)).toEqual([0, 255, 0]);
  }
  expect(colourAt(18, 30)).toEqual([9, 9, 9]);
});

describe("an image of a bright square is read as such from", () => {
  /** Bright in x 10 to 19 and y 20 to 24. */
  const inside = (x: number, y: number): boolean => x >= 10 && x < 20 && y >= 20 && y < 25;
  const kinds: Record<string, Omit<PngOptions, "width" | "height">> = {};
  for (const interlaced of [false, true]) {
    const suffix = interlaced ? ", interlaced" : "";
    const kind = (
      name: string,
      depth: number,
      colourType: PngOptions["colourType"],
      bright: number[],
      dark: number[],
      palette?: PngOptions["palette"],
    ) => {
      const pixel = (x: number, y: number): number[] => (inside(x, y) ? bright : dark);
      kinds[`${name}${suffix}`] = { depth, colourType, pixel, interlaced, ...(palette && { palette }) };
    };
    kind("8-bit grey", 8, 0, [60], [59]);
    // 59 and the largest low byte: only the high byte counts.
    kind("16-bit grey", 16, 0, [60 * 256], [59 * 256 + 255]);
    kind("8-bit grey with alpha", 8, 4, [60, 0], [59, 255]);
    kind("16-bit grey with alpha", 16, 4, [60 * 256, 0], [59 * 256 + 255, 65535]);
    kind("8-bit RGB", 8, 2, [60, 60, 60], [60, 60, 59]);
    kind("16-bit RGB", 16, 2, [15360, 15360, 15360], [15615, 15615, 15359]);
    kind("8-bit RGBA", 8, 6, [60, 60, 60, 0], [60, 60, 59, 255]);
    kind("16-bit RGBA", 16, 6, [15360, 15360, 15360, 0], [15615, 15615, 15359, 65535]);
    kind(
      "8-bit palette",
      8,
      3,
      [2],
      [1],
      [
        [255, 255, 255],
        [60, 60, 59],
        [60, 60, 60],
      ],
    );
    kind("8-bit RGB that suggests a palette", 8, 2, [60, 60, 60], [60, 60, 59], [[255, 255, 255]]);
  }
  for (const depth of [1, 2, 4]) {
    const most = 2 ** depth - 1;
    const pixel = (x: number, y: number): number[] => [inside(x, y) ? most : 0];
    kinds[`${String(depth)}-bit grey`] = { depth, colourType: 0, pixel };
    const palette = Array.from(
      { length: most + 1 },
      (_, index) => (index === most ? [60, 60, 60] : [59, 59, 59]) as [number, number, number],
    );
    kinds[`${String(depth)}-bit palette`] = { depth, colourType: 3, pixel, palette };
  }

  test.each(Object.entries(kinds))("a PNG: %s", async (_name, options) => {
    // 67 is not a multiple of 8: rows of few bits end within a byte.
    const { catalogue } = await catalogueOf(png({ width: 67, height: 33, ...options }));
    expect(catalogue.objects).toEqual([{ id: 1, area: 50, bbox: [10, 20, 10, 5], centroid: [14.5, 22] }]);
  });

  test("a grey JPEG", async () => {
    const file = greyJpeg(9, 5, (x, y) => x >= 2 && x < 4 && y === 3);
    const { catalogue } = await catalogueOf(file);
    expect(catalogue.objects).toEqual([{ id: 1, area: 128, bbox: [16, 24, 16, 8], centroid: [23.5, 27.5] }]);
  });

  test("a colour JPEG", async () => {
    const data = Buffer.alloc(64 * 48 * 4);
    for (let y = 16; y < 32; y++)
      for (let x = 32; x < 48; x++) data.writeUInt32BE(0xffffffff, (y * 64 + x) * 4);
    const file = jpeg.encode({ width: 64, height: 48, data }, 90).data;
    const { catalogue } = await catalogueOf(file, { threshold: 128 });
    expect(catalogue.objects).toEqual([{ id: 1, area: 256, bbox: [32, 16, 16, 16], centroid: [39.5, 23.5] }]);
  });
});

describe("split fails with", () => {
  const input = { ...SETTINGS, key: "broken" };
  const failure = async (file: Buffer | null, changed: Record<string, unknown> = {}) => {
    if (file === null) s3.objects.delete("images/broken");
    else s3.objects.set("images/broken", file);
    const writtenBefore = s3.objects.size;
    const { error, message } = await functions.split.call({ ...input, ...changed });
    expect(s3.objects.size).toBe(writtenBefore);
    return `${String(error)}: ${String(message)}`;
  };
  const grey = (width: number, height: number) =>
    png({ width, height, depth: 8, colourType: 0, pixel: () => [9] });

  test("ImageNotFound when there is no object at the key", async () => {
    expect(await failure(null)).toBe(
      "ImageNotFound: there is no object broken in bucket images; upload the image first",
    );
  });

  test("ImageFormatUnsupported when the object is no image, empty, cut short, damaged or of an unread kind", async () => {
    const whole = grey(100, 100);
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(45) ^ 255, 45);
    const jpegFile = greyJpeg(9, 9, (x) => x % 2 === 0);
    const wide = Buffer.from(whole);
    wide.writeUInt32BE(4_000_000, 16);
    const files = {
      "neither a PNG nor a JPEG": [Buffer.from("GIF89a"), Buffer.alloc(0), Buffer.from([0xff])],
      "PNG cannot be read": [whole.subarray(0, -20), whole.subarray(0, 20), damaged, wide],
      "JPEG cannot be read": [jpegFile.subarray(0, -40), jpegFile.subarray(0, 2)],
      "interlaced with 1 bits a sample": [
        png({ width: 9, height: 9, depth: 1, colourType: 0, interlaced: true, pixel: () => [1] }),
      ],
    };
    for (const [why, broken] of Object.entries(files)) {
      for (const file of broken) {
        const said = await failure(file);
        expect(said).toMatch(/^ImageFormatUnsupported: /);
        expect(said).toContain(why);
      }
    }
  });

  test("TooManyTiles above 1,000 tiles", async () => {
    expect(await failure(grey(64 * 77, 64 * 13), { tileSize: 64 })).toMatch(
      /^TooManyTiles: an image of 4928 x 832 pixels has 1001 tiles of 64, more than 1000; give a larger tileSize$/,
    );
  });

  test.each([
    [{ tileSize: 63 }, "tileSize must be an integer, 64 or more, got 63"],
    [{ tileSize: 64.5 }, "tileSize must be an integer, 64 or more, got 64.5"],
    [{ tileSize: "64" }, 'tileSize must be an integer, 64 or more, got "64"'],
    [{ threshold: 256 }, "threshold must be an integer, 0 to 255, got 256"],
    [{ threshold: -1 }, "threshold must be an integer, 0 to 255, got -1"],
    [{ minArea: 0 }, "minArea must be an integer, 1 or more, got 0"],
    [{ minArea: undefined }, "minArea must be an integer, 1 or more, got nothing"],
    [{ bucket: "" }, 'bucket must be a text that is not empty, got ""'],
    [{ key: null }, "key must be a text that is not empty, got null"],
  ])("InvalidInput for %j", async (changed, said) => {
    expect(await failure(grey(10, 10), changed)).toBe(`InvalidInput: ${said}; correct the execution's input`);
  });
});

test("a thousand tiles in the bucket with the longest name stay well below the state's 262,144 bytes", async () => {
  const bucket = "b".repeat(63);
  s3.objects.set(
    `${bucket}/sky`,
    png({ width: 64 * 50, height: 64 * 20, depth: 1, colourType: 0, pixel: () => [0] }),
  );
  const { output } = await functions.split.call({
    ...SETTINGS,
    bucket,
    key: "sky",
    threshold: 255,
    tileSize: 64,
  });
  expect((output as SplitOutput).tiles).toHaveLength(1000);
  expect(Buffer.byteLength(JSON.stringify(output))).toBeLessThan(215_000);
});

test("the same call writes the same objects again; another input or another image writes elsewhere", async () => {
  s3.objects.set("images/sky", hubble);
  const prefix = async (changed: Partial<typeof SETTINGS> = {}) =>
    ((await functions.split.call({ ...SETTINGS, key: "sky", ...changed })).output as SplitOutput).prefix;
  const first = await prefix();
  const written = new Map(s3.objects);
  expect(await prefix()).toBe(first);
  expect([...s3.objects].filter(([key, body]) => written.get(key)?.equals(body) !== true)).toEqual([]);
  const others = [
    await prefix({ threshold: 61 }),
    await prefix({ minArea: 10 }),
    await prefix({ tileSize: 255 }),
  ];
  s3.objects.set("images/sky", png({ width: 5, height: 5, depth: 8, colourType: 0, pixel: () => [0] }));
  others.push(await prefix());
  expect(new Set([first, ...others]).size).toBe(5);
});
