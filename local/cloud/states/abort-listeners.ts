/**
 * Many who wait under one signal: a signal goes through all of its listeners for each that is added or removed, which is too
 * long for the ten thousand children of a distributed Map.
 */

const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `heard` when the signal aborts; the function returned takes that back. */
export function onAbort(signal: AbortSignal, heard: () => void): () => void {
  const own = listeners.get(signal) ?? listen(signal);
  own.add(heard);
  return () => {
    own.delete(heard);
  };
}

function listen(signal: AbortSignal): Set<() => void> {
  const own = new Set<() => void>();
  listeners.set(signal, own);
  signal.addEventListener(
    "abort",
    () => {
      for (const heard of own) heard();
    },
    { once: true },
  );
  return own;
}
