/** Where in the console one is, as it stands behind the `#`: every view can be linked to. */

export interface Place {
  readonly view: string;
  /** The rest of the path, decoded: an ARN, a file. */
  readonly rest: string;
  readonly query: URLSearchParams;
}

export function placeOf(hash: string): Place {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?");
  const [view = "", ...rest] = path.split("/");
  return {
    view: view === "" ? "pools" : view,
    rest: decodeURIComponent(rest.join("/")),
    query: new URLSearchParams(search),
  };
}

export function linkTo(view: string, rest = "", query: Readonly<Record<string, string | null>> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== null && value !== "") search.set(name, value);
  const tail = search.size === 0 ? "" : `?${search.toString()}`;
  return `#/${view}${rest === "" ? "" : `/${encodeURIComponent(rest)}`}${tail}`;
}

/** Changes what stands behind the `#` without leaving the view. */
export function replacePlace(link: string): void {
  history.replaceState(null, "", link);
}
