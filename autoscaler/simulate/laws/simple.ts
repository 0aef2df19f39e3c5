/** The simple law: as many workers as tasks ask for, by anchored sums, down to the most of the last two minutes. */
import { BIN_SECONDS, EPOCH_MS } from "../metrics";
import type { Law } from "../run";
import { estimate } from "./sums";

const REMEMBERED_TICKS = 3;

export function simple(): Law {
  const needs: number[] = [];
  return {
    tickSeconds: BIN_SECONDS,
    decide(view) {
      const { slots, running, nowSeconds, desired } = view;
      const nowMs = EPOCH_MS + nowSeconds * 1000;
      const { backlog, inFlight } = estimate(view.bins(), {
        slots,
        running,
        nowMs,
        minuteSeconds: BIN_SECONDS,
      });
      const need = Math.ceil((backlog + inFlight) / slots);
      needs.push(need);
      if (needs.length > REMEMBERED_TICKS) needs.shift();
      return need >= desired ? need : Math.min(desired, Math.max(...needs));
    },
  };
}
