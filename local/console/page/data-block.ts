/** A JSON text for people: with its lines, shortened where it is long, and to be copied whole. */
import { h } from "./dom";
import { bytes, pretty } from "./format";

/** Characters that are shown without being asked for. */
const SHOWN = 20_000;

/** `missing` is said where there is no text. */
export function dataBlock(title: string, text: string | null, missing: string): HTMLElement {
  if (text === null)
    return h("div", { class: "data" }, h("h3", {}, title), h("p", { class: "none" }, missing));
  const whole = pretty(text);
  const pre = h("pre", { tabindex: 0, "aria-label": title }, whole.slice(0, SHOWN));
  const copy = h(
    "button",
    { type: "button", class: "quiet small", "aria-label": `Copy ${title.toLowerCase()}` },
    "Copy",
  );
  copy.addEventListener("click", () => {
    void navigator.clipboard.writeText(whole).then(() => {
      copy.textContent = "Copied";
    });
  });
  const more = h("button", { type: "button", class: "quiet small" }, `Show all ${bytes(whole.length)}`);
  more.addEventListener("click", () => {
    pre.textContent = whole;
    more.remove();
  });
  return h(
    "div",
    { class: "data" },
    h("div", { class: "data-head" }, h("h3", {}, title), copy),
    pre,
    whole.length > SHOWN ? more : null,
  );
}
