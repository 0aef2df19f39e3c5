/** The errors that a state machine can catch by name: Lambda and the worker report an Error's `name` as errorType. */

/** The execution's input is wrong. */
export class InvalidInput extends Error {
  override readonly name = "InvalidInput";
}

/** There is no object at bucket and key. */
export class ImageNotFound extends Error {
  override readonly name = "ImageNotFound";
}

/** The object is neither a PNG nor a JPEG, is damaged, or is of a kind that cannot be read. */
export class ImageFormatUnsupported extends Error {
  override readonly name = "ImageFormatUnsupported";
}

/** The image would fall into more tiles than one execution may have. */
export class TooManyTiles extends Error {
  override readonly name = "TooManyTiles";
}
