/** What watching a pool costs. */
import { busyPoolCost, idlePoolCost } from "../../autoscaler/cost";

test("a pool at rest costs less than a dollar a month, all in all", () => {
  const { queries, history, dashboards } = idlePoolCost();
  expect(queries + history + dashboards).toBeLessThan(1);
  expect(queries).toBeGreaterThan(0.4);
});

test("a pool at work costs less than four dollars a month to observe", () => {
  const { queries, history } = busyPoolCost();
  expect(queries + history).toBeLessThan(4);
  expect(queries + history).toBeGreaterThan(3);
});
