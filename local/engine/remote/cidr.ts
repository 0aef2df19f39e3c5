/** IPv4 address blocks, as far as laying out subnets needs them. */

/** A block of 2^(32 - mask) addresses. */
export interface Block {
  /** First address, as an unsigned number. */
  readonly base: number;
  readonly mask: number;
}

/** Throws on anything but `a.b.c.d/mask`; bits beyond the mask are dropped. */
export function parseBlock(cidr: string): Block {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  const parts = (match ?? []).slice(1).map(Number);
  const mask = parts.pop() ?? 33;
  if (match === null || mask > 32 || parts.some((part) => part > 255)) {
    throw new Error(`An IPv4 block looks like 10.0.0.0/16, got ${JSON.stringify(cidr)}.`);
  }
  const address = parts.reduce((value, part) => value * 256 + part, 0);
  return aligned(address, mask);
}

export function sizeOf(mask: number): number {
  return 2 ** (32 - mask);
}

/** The block of a mask that holds an address. */
export function aligned(address: number, mask: number): Block {
  return { base: address - (address % sizeOf(mask)), mask };
}

/** The block of a mask that begins after another one ends. */
export function nextBlock(previous: Block, mask: number): Block {
  const last = previous.base + sizeOf(previous.mask) - 1;
  return { base: aligned(last, mask).base + sizeOf(mask), mask };
}

/** The nth block of a mask, counted from the start of another. */
export function nthBlock(start: Block, mask: number, index: number): Block {
  return { base: start.base + sizeOf(mask) * index, mask };
}

export function overlaps(a: Block, b: Block): boolean {
  return a.base < b.base + sizeOf(b.mask) && b.base < a.base + sizeOf(a.mask);
}

export function formatBlock({ base, mask }: Block): string {
  const bytes = [base / 2 ** 24, base / 2 ** 16, base / 2 ** 8, base].map((part) =>
    String(Math.floor(part) % 256),
  );
  return `${bytes.join(".")}/${String(mask)}`;
}
