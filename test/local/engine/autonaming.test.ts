/** The names that the engine picks where the program picks none. */
import { autonamed } from "../../../local/engine/outputs/model";

const subject = {
  urn: "urn:pulumi:dev::shop::aws:sqs/queue:Queue::Orders",
  name: "Orders",
  type: "aws:sqs/queue:Queue",
  inputs: {},
};
const queue = { property: "name", maxLength: 40 } as const;
const PATTERN = "${project}-${stack}-${name}-${hex(7)}";

test("end in seven digits that stay the same from run to run", () => {
  expect(autonamed(queue, subject)).toMatch(/^Orders-[0-9a-f]{7}$/);
  expect(autonamed(queue, subject)).toBe(autonamed(queue, subject));
});

test("follow the pattern of the project's autonaming", () => {
  expect(autonamed(queue, subject, PATTERN)).toMatch(/^shop-dev-Orders-[0-9a-f]{7}$/);
});

test("are in small letters where AWS takes no others, and end as AWS wants", () => {
  const fifo = { ...queue, lowerCase: true as const, suffix: () => ".fifo" };
  expect(autonamed(fifo, subject, PATTERN)).toMatch(/^shop-dev-orders-[0-9a-f]{7}\.fifo$/);
});

test("are refused when they are too long", () => {
  expect(() => autonamed({ ...queue, maxLength: 22 }, subject, PATTERN)).toThrow(
    /the generated name 'shop-dev-Orders-[0-9a-f]{7}' is longer than maximum length 22$/,
  );
  expect(() => autonamed({ ...queue, maxLength: 13 }, subject)).toThrow(
    "name 'Orders-' plus 7 random chars is longer than maximum length 13",
  );
});
