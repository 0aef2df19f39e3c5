/** Lines over time as SVG, for the report: no script, no network. */

export interface Line {
  readonly name: string;
  readonly colour: string;
  /** Seconds and values, ascending in time. */
  readonly points: readonly (readonly [number, number])[];
  /** Values hold until the next point. */
  readonly isStepped?: boolean;
}

const WIDTH = 1000;
const HEIGHT = 190;
const LEFT = 56;
const BOTTOM = 24;
const TOP = 8;
/** More points than this can't be told apart. */
const MOST_POINTS = 1500;

export function plot(title: string, endSeconds: number, lines: readonly Line[]): string {
  const most = Math.max(1, ...lines.flatMap(({ points }) => points.map(([, value]) => value)));
  const x = (seconds: number): number => LEFT + ((WIDTH - LEFT) * seconds) / endSeconds;
  const y = (value: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most);
  const paths = lines.map(({ colour, points, isStepped, name }) => {
    const thinned = thin(points);
    const d = thinned
      .map(([seconds, value], index) => {
        const [at, height] = [x(seconds).toFixed(1), y(value).toFixed(1)];
        if (index === 0) return `M${at},${height}`;
        return isStepped === true ? `H${at}V${height}` : `L${at},${height}`;
      })
      .join("");
    return `<path d="${d}" stroke="${colour}"><title>${escaped(name)}</title></path>`;
  });
  const legend = lines
    .map(({ name, colour }) => `<span><i style="background:${colour}"></i>${escaped(name)}</span>`)
    .join("");
  return `<figure><figcaption><b>${escaped(title)}</b>${legend}</figcaption>
<svg viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" role="img" aria-label="${escaped(title)}">
${valueTicks(most)
  .map((value) => tick(LEFT, y(value), WIDTH, y(value), label(value), LEFT - 6, y(value) + 4, "end"))
  .join("")}
${timeTicks(endSeconds)
  .map((seconds) =>
    tick(
      x(seconds),
      TOP,
      x(seconds),
      HEIGHT - BOTTOM,
      `${label(seconds / 3600)} h`,
      x(seconds),
      HEIGHT - 8,
      "middle",
    ),
  )
  .join("")}
<g class="lines">${paths.join("")}</g></svg></figure>`;
}

/** The highest of neighbours stays: peaks are what one looks for. */
function thin(points: Line["points"]): Line["points"] {
  const size = Math.ceil(points.length / MOST_POINTS);
  if (size <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) =>
    points
      .slice(index * size, (index + 1) * size)
      .reduce((most, point) => (point[1] > most[1] ? point : most)),
  );
}

function tick(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  text: string,
  x: number,
  y: number,
  anchor: string,
): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((value) => value.toFixed(1));
  return `<path class="tick" d="M${String(a)},${String(b)}L${String(c)},${String(d)}"/><text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${text}</text>`;
}

function valueTicks(most: number): readonly number[] {
  const step = roundStep(most / 4);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}

function timeTicks(endSeconds: number): readonly number[] {
  const step = 3600 * roundStep(endSeconds / 3600 / 8);
  return Array.from({ length: Math.floor(endSeconds / step) + 1 }, (_, index) => index * step);
}

/** 1, 2 or 5 times a power of ten. */
function roundStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  return power * ([1, 2, 5].find((factor) => factor * power >= size) ?? 10);
}

function label(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
