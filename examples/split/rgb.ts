/** Pixels as the workflow knows them: three bytes each, red, green and blue, row after row. */

export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** What a PNG decoder gives: rows of samples; with less than 8 bits a sample they are packed, each row from a new byte. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  /** 1 grey or palette index, 2 grey and alpha, 3 RGB, 4 RGBA. */
  readonly channels: number;
  /** Bits a sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  readonly data: ArrayLike<number>;
  /** Colours of an indexed image. */
  readonly palette?: readonly (readonly number[])[] | undefined;
}

/** Drops alpha and the low byte of 16 bits, spreads fewer bits over 0 to 255, looks colours up in the palette. */
export function toRgb(samples: Samples): RgbImage {
  const { width, height, channels, palette } = samples;
  const sampleAt = sampleReader(samples);
  // A grey sample stands for all three colours, with or without an alpha beside it.
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  const data = new Uint8Array(width * height * 3);
  let offset = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const first = x * channels;
      if (palette === undefined) {
        data[offset++] = sampleAt(y, first);
        data[offset++] = sampleAt(y, first + green);
        data[offset++] = sampleAt(y, first + blue);
      } else {
        const colour = palette[sampleAt(y, first)];
        if (colour === undefined)
          throw new RangeError(`pixel ${String(x)},${String(y)} is not in the palette`);
        data[offset++] = colour[0] ?? 0;
        data[offset++] = colour[1] ?? 0;
        data[offset++] = colour[2] ?? 0;
      }
    }
  }
  return { width, height, data };
}

/** Gives one sample of a row, as a byte; of an indexed image, as the index itself. */
function sampleReader({
  width,
  channels,
  depth,
  data,
  palette,
}: Samples): (y: number, index: number) => number {
  const perRow = width * channels;
  if (depth === 16) return (y, index) => (data[y * perRow + index] ?? 0) >> 8;
  if (depth === 8) return (y, index) => data[y * perRow + index] ?? 0;
  const bytesPerRow = Math.ceil((perRow * depth) / 8);
  const most = 2 ** depth - 1;
  const scale = palette === undefined ? 255 / most : 1;
  return (y, index) => {
    const bit = index * depth;
    const byte = data[y * bytesPerRow + (bit >> 3)] ?? 0;
    return ((byte >> (8 - depth - (bit & 7))) & most) * scale;
  };
}
