/** Draws a box around each object of a picture. */

const COLOUR = [0, 255, 0] as const;

/** `picture` is red, green and blue bytes and is drawn into. The box lies one pixel outside the object, so that it hides none of it. */
export function drawBoxes(
  picture: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  boxes: readonly (readonly [x: number, y: number, width: number, height: number])[],
): void {
  for (const [x, y, boxWidth, boxHeight] of boxes) {
    // At the edge of the picture the box has to lie on it.
    const [left, top] = [Math.max(0, x - 1), Math.max(0, y - 1)];
    const [right, bottom] = [Math.min(width - 1, x + boxWidth), Math.min(height - 1, y + boxHeight)];
    for (let column = left; column <= right; column++) {
      picture.set(COLOUR, (top * width + column) * 3);
      picture.set(COLOUR, (bottom * width + column) * 3);
    }
    for (let row = top; row <= bottom; row++) {
      picture.set(COLOUR, (row * width + left) * 3);
      picture.set(COLOUR, (row * width + right) * 3);
    }
  }
}
