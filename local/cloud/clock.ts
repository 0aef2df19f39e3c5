/** Time, as the local cloud sees it: injected, and the same as its workers have. */
export { systemClock, type Clock } from "../../worker/clock";
