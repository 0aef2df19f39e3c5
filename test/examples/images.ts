/** Writes small images by the letter of the formats, independently of the libraries that the functions read them with. */
import { crc32, deflateSync } from "node:zlib";

export interface PngOptions {
  readonly width: number;
  readonly height: number;
  /** Bits a sample. */
  readonly depth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA. */
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  /** The samples of one pixel, each in `depth` bits. */
  readonly pixel: (x: number, y: number) => readonly number[];
  readonly palette?: readonly (readonly [number, number, number])[];
  readonly interlaced?: boolean;
}

/** https://www.w3.org/TR/png-3/ */
export function png(options: PngOptions): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(options.width, 0);
  header.writeUInt32BE(options.height, 4);
  header.set([options.depth, options.colourType, 0, 0, options.interlaced === true ? 1 : 0], 8);
  const passes = options.interlaced === true ? ADAM7 : ([[0, 0, 1, 1]] as const);
  const rows: Buffer[] = [];
  for (const [startX, startY, stepX, stepY] of passes) {
    if (startX >= options.width) continue;
    for (let y = startY; y < options.height; y += stepY) {
      let bits = "";
      for (let x = startX; x < options.width; x += stepX) {
        for (const sample of options.pixel(x, y)) bits += sample.toString(2).padStart(options.depth, "0");
      }
      rows.push(Buffer.from([0, ...bytesOf(bits, "0")]));
    }
  }
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    ...(options.palette === undefined ? [] : [chunk("PLTE", Buffer.from(options.palette.flat()))]),
    chunk("IDAT", deflateSync(Buffer.concat(rows))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A baseline grey JPEG of 8 x 8 blocks, each black or white: its coefficients are all DC. ITU-T T.81. */
export function greyJpeg(
  blocksWide: number,
  blocksHigh: number,
  white: (x: number, y: number) => boolean,
): Buffer {
  let bits = "";
  let before = 0;
  for (let y = 0; y < blocksHigh; y++) {
    for (let x = 0; x < blocksWide; x++) {
      const value = white(x, y) ? 127 : -128;
      const difference = value - before;
      before = value;
      const category = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
      const code = { 0: "00", 7: "01", 8: "10" }[category];
      if (code === undefined) throw new Error(`no code for category ${String(category)}`);
      const rest = difference > 0 ? difference : difference + 2 ** category - 1;
      bits += code + (category === 0 ? "" : rest.toString(2).padStart(category, "0")) + END_OF_BLOCK;
    }
  }
  const scan = bytesOf(bits, "1").flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte]));
  const [width, height] = [blocksWide * 8, blocksHigh * 8];
  return Buffer.from([
    ...[0xff, 0xd8],
    ...segment(0xdb, [0, ...Array.from({ length: 64 }, () => 8)]),
    ...segment(0xc0, [8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0]),
    // Codes 00, 01 and 10 of two bits for the categories 0, 7 and 8; code 0 of one bit for the end of a block.
    ...segment(0xc4, [0x00, 0, 3, ...Array.from({ length: 14 }, () => 0), 0, 7, 8]),
    ...segment(0xc4, [0x10, 1, ...Array.from({ length: 15 }, () => 0), 0]),
    ...segment(0xda, [1, 1, 0x00, 0, 63, 0]),
    ...scan,
    ...[0xff, 0xd9],
  ]);
}

const END_OF_BLOCK = "0";

function segment(marker: number, data: readonly number[]): number[] {
  return [0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255, ...data];
}

function bytesOf(bits: string, padding: "0" | "1"): number[] {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, padding);
  return (padded.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2));
}
