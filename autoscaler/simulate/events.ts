/** What is to happen, by its time: a binary heap in typed arrays. */

export interface Events {
  add(seconds: number, kind: number, subject: number): void;
  /** Of the first event; Infinity when there is none. */
  nextSeconds(): number;
  /** Takes the first event off; false when there is none. Then `kind` and `subject` are its own. */
  take(): boolean;
  readonly taken: { seconds: number; kind: number; subject: number };
}

export function createEvents(): Events {
  let capacity = 1024;
  let times = new Float64Array(capacity);
  let kinds = new Uint8Array(capacity);
  let subjects = new Int32Array(capacity);
  let size = 0;
  const taken = { seconds: 0, kind: 0, subject: 0 };

  const grow = (): void => {
    capacity *= 2;
    const [oldTimes, oldKinds, oldSubjects] = [times, kinds, subjects];
    times = new Float64Array(capacity);
    kinds = new Uint8Array(capacity);
    subjects = new Int32Array(capacity);
    times.set(oldTimes);
    kinds.set(oldKinds);
    subjects.set(oldSubjects);
  };
  const put = (at: number, seconds: number, kind: number, subject: number): void => {
    times[at] = seconds;
    kinds[at] = kind;
    subjects[at] = subject;
  };
  const copy = (from: number, to: number): void => {
    put(to, times[from] as number, kinds[from] as number, subjects[from] as number);
  };

  return {
    taken,
    nextSeconds: () => (size === 0 ? Number.POSITIVE_INFINITY : (times[0] as number)),
    add(seconds, kind, subject) {
      if (size === capacity) grow();
      let at = size++;
      while (at > 0) {
        const above = (at - 1) >> 1;
        if ((times[above] as number) <= seconds) break;
        copy(above, at);
        at = above;
      }
      put(at, seconds, kind, subject);
    },
    take() {
      if (size === 0) return false;
      taken.seconds = times[0] as number;
      taken.kind = kinds[0] as number;
      taken.subject = subjects[0] as number;
      size--;
      const seconds = times[size] as number;
      let at = 0;
      for (;;) {
        let below = 2 * at + 1;
        if (below >= size) break;
        if (below + 1 < size && (times[below + 1] as number) < (times[below] as number)) below++;
        if ((times[below] as number) >= seconds) break;
        copy(below, at);
        at = below;
      }
      put(at, seconds, kinds[size] as number, subjects[size] as number);
      return true;
    },
  };
}
