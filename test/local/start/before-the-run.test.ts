/** What is looked at before a run spends time on anything else. */
import { join } from "node:path";
import { refuseSamePort } from "../../../local/start/bring-up";
import { checkImage } from "../../../local/start/workflow";

test("an image that is a directory is refused by the argument's name", async () => {
  await expect(checkImage(__dirname)).rejects.toThrow(
    `--image takes a PNG or JPEG, and ${__dirname} can't be read: it is a directory; name another one.`,
  );
});

test("an image below a file is refused", async () => {
  await expect(checkImage(join(__filename, "a.png"))).rejects.toThrow(/^--image .* can't be read: ENOTDIR/);
});

test("an image that is a file passes, and so does one that does not exist, which the workflow tells of", async () => {
  expect(await checkImage(__filename)).toBe(true);
  expect(await checkImage(join(__dirname, "no-such-image.png"))).toBe(false);
});

test("the console can't have the port of the endpoint, unless both are any free one", () => {
  expect(() => {
    refuseSamePort({ port: 4567, consolePort: 4567 });
  }).toThrow("--port and --console-port are both 4567; choose two, or leave one out for a free one.");
  refuseSamePort({ port: 0, consolePort: 0 });
  refuseSamePort({ port: 4567 });
});
