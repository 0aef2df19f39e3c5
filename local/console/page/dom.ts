/** Elements in one expression. */

export type Child = Node | string | number | null | undefined | false;

/** Attributes by name; functions are listeners (`onclick`), booleans set or leave out. */
export type Attributes = Readonly<Record<string, unknown>>;

export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Child | readonly Child[])[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  decorate(element, attributes);
  append(element, children);
  return element;
}

export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Child | readonly Child[])[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  decorate(element, attributes);
  append(element, children);
  return element;
}

/** Puts these in place of what an element holds. */
export function fill(element: Element, ...children: readonly (Child | readonly Child[])[]): void {
  element.replaceChildren();
  append(element, children);
}

/** Writes only what has changed: a text that stays keeps its selection. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function decorate(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function")
      element.addEventListener(name.replace(/^on/, ""), value as EventListener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, String(value));
  }
}

function append(element: Element, children: readonly (Child | readonly Child[])[]): void {
  for (const child of children.flat() as readonly Child[]) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/**
 * Keeps one element for each item, by its key: those that stay are updated in place, so that focus, selection and
 * scrolling survive.
 */
export function keyed<Item>(
  parent: Element,
  keyOf: (item: Item) => string,
  make: (item: Item) => { readonly element: Element; update(item: Item): void },
): (items: readonly Item[]) => void {
  const known = new Map<string, ReturnType<typeof make>>();
  return (items) => {
    const keys = new Set(items.map(keyOf));
    for (const [key, { element }] of known) {
      if (keys.has(key)) continue;
      element.remove();
      known.delete(key);
    }
    let place: Element | null = parent.firstElementChild;
    for (const item of items) {
      const key = keyOf(item);
      const entry = known.get(key) ?? make(item);
      known.set(key, entry);
      entry.update(item);
      if (entry.element === place) place = place.nextElementSibling;
      else parent.insertBefore(entry.element, place);
    }
  };
}
