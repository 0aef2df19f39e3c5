/** Reads a PNG or a JPEG. */
import { decode as decodePng, hasPngSignature } from "fast-png";
import jpeg from "jpeg-js";
import { ImageFormatUnsupported } from "./errors.ts";
import { type RgbImage, toRgb } from "./rgb.ts";

/** What a function of 2 GiB can hold, decoder and all; a few bytes of a PNG can claim any size. */
const MAXIMUM_MEGAPIXELS = 40;

/** The file's own kind counts, not the name of its key. Throws ImageFormatUnsupported. */
export function decodeImage(file: Uint8Array): RgbImage {
  const format = hasPngSignature(file) ? "PNG" : file[0] === 0xff && file[1] === 0xd8 ? "JPEG" : null;
  if (format === null) {
    throw new ImageFormatUnsupported(
      "the object is neither a PNG nor a JPEG; give the key of an image of these kinds",
    );
  }
  try {
    return format === "PNG" ? readPng(file) : readJpeg(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ImageFormatUnsupported(`the ${format} cannot be read: ${why}; give one that is whole`, {
      cause: error,
    });
  }
}

function readPng(file: Uint8Array): RgbImage {
  // The header chunk comes first in every PNG: https://www.w3.org/TR/png-3/#11IHDR
  const header = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const [width, height, depth, colourType, interlace] = [
    header.getUint32(16),
    header.getUint32(20),
    header.getUint8(24),
    header.getUint8(25),
    header.getUint8(28),
  ];
  if (width === 0 || height === 0) throw new RangeError("it has no pixels");
  if (width * height > MAXIMUM_MEGAPIXELS * 1e6) {
    throw new RangeError(`it has more than ${String(MAXIMUM_MEGAPIXELS)} million pixels`);
  }
  // fast-png 8.0.0 reads an interlaced image as though each sample had whole bytes.
  if (interlace !== 0 && depth < 8)
    throw new RangeError(`it is interlaced with ${String(depth)} bits a sample`);
  const png = decodePng(file, { checkCrc: true });
  // A palette beside RGB only suggests colours for screens of old.
  return toRgb({ ...png, palette: colourType === 3 ? (png.palette ?? []) : undefined });
}

function readJpeg(file: Uint8Array): RgbImage {
  const { width, height, data } = jpeg.decode(file, {
    useTArray: true,
    formatAsRGBA: false,
    maxResolutionInMP: MAXIMUM_MEGAPIXELS,
  });
  if (width === 0 || height === 0) throw new RangeError("it has no pixels");
  return { width, height, data };
}
