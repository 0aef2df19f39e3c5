/** Killed at any moment, an execution goes on from its last event: nothing is lost, and nothing that ended is done again. */
import fc from "fast-check";
import { historyProblems } from "./history-problems";
import { SCENES } from "./scenes";
import { play, type Ending, type Scene } from "./world";

/** What no kill may change. */
function essence({ execution, others }: Ending, { raced }: Scene): object {
  const { status, output, failure } = execution;
  return {
    status,
    output,
    failure,
    states:
      raced === true
        ? []
        : execution.log.events
            .flatMap(({ type, details }) =>
              /State(Entered|Exited)$/.test(type) ? `${type} ${String(details?.["name"])}` : [],
            )
            .sort(),
    others: others.map((other) => [other.status, other.input, other.output].join(" ")).sort(),
  };
}

function problems({ execution, others }: Ending): readonly string[] {
  return [execution, ...others].flatMap(({ log }) => historyProblems(log.events));
}

async function check(scene: Scene, undisturbed: Ending, kills: readonly number[]): Promise<string | null> {
  const ending = await play(scene, kills);
  const wrong = [
    ...problems(ending),
    ...(JSON.stringify(essence(ending, scene)) === JSON.stringify(essence(undisturbed, scene))
      ? []
      : [`it ended otherwise: ${JSON.stringify(essence(ending, scene))}`]),
  ];
  if (wrong.length === 0) return null;
  const history = ending.execution.log.events.map(
    ({ id, previousEventId, type }) => `${String(id)}<-${String(previousEventId)} ${type}`,
  );
  return [`killed after ${kills.join(", ")} commits:`, ...wrong, ...history].join("\n");
}

describe("killed at each of its commits, it goes on and ends as if it had not been:", () => {
  test.each(Object.entries(SCENES))("%s", async (_name, scene) => {
    const undisturbed = await play(scene, []);
    expect(problems(undisturbed)).toEqual([]);
    const [commits = 0] = undisturbed.commits;
    expect(commits).toBeGreaterThan(3);
    const wrong: string[] = [];
    for (let kill = 1; kill <= commits; kill++) {
      const found = await check(scene, undisturbed, [kill]);
      if (found !== null) wrong.push(found);
    }
    expect(wrong.slice(0, 2)).toEqual([]);
  });
});

const KILL_LISTS = 25;

test("killed again and again, in the midst of going on too, it ends as if it had not been", async () => {
  const undisturbed = new Map<string, Ending>();
  const scenes = fc.constantFrom(...Object.keys(SCENES));
  const kills = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(scenes, kills, async (name, killed) => {
      const scene = SCENES[name];
      if (scene === undefined) return;
      const expected = undisturbed.get(name) ?? (await play(scene, []));
      undisturbed.set(name, expected);
      expect(await check(scene, expected, killed)).toBeNull();
    }),
    { numRuns: KILL_LISTS },
  );
}, 120_000);
