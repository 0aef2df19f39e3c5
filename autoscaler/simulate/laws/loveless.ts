/** Our own law, as the Lambda runs it. */
import type { Profile } from "../../law/profiles";
import { TERMS } from "../../law/profiles";
import { needOf } from "../../law/need";
import { BIN_SECONDS, EPOCH_MS } from "../metrics";
import type { Law } from "../run";

export function loveless(profile: Profile): Law {
  return {
    tickSeconds: BIN_SECONDS,
    decide(view) {
      const { desired, running, pending, slots, minWorkers, maxWorkers } = view;
      const need = needOf(
        view.bins(),
        { desired, running, pending },
        {
          slots,
          maxWorkers,
          minuteSeconds: BIN_SECONDS,
          nowMs: EPOCH_MS + view.nowSeconds * 1000,
          terms: TERMS[profile],
          signalled: [],
        },
      );
      const want = need.workers >= desired ? need.workers : Math.min(desired, need.held);
      return Math.max(minWorkers, Math.min(maxWorkers, want));
    },
  };
}
