import { errorLine } from "../../../local/start/report";

describe("the line that tells people of an error", () => {
  test("has the sentence alone of a function's error, which is JSON with its stack", () => {
    const cause = JSON.stringify({
      errorType: "ImageNotFound",
      errorMessage: "there is no object a.png; upload it first",
      trace: ["ImageNotFound: there is no object a.png", "    at readFile (index.ts:79:11)"],
    });
    expect(errorLine({ name: "ImageNotFound", cause })).toBe(
      "ImageNotFound: there is no object a.png; upload it first",
    );
  });

  test.each(["the port is taken", '{"errorMessage":""}', "{}", "null", '"text"', ""])(
    "has any other cause as it is: %s",
    (cause) => {
      expect(errorLine({ name: "Error", cause })).toBe(`Error: ${cause}`);
    },
  );
});
