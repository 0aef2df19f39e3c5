/** A form that starts an execution. */
import type { ExecutionPlan } from "../execution-messages";
import type { Hello, Started } from "../messages";
import { act, ask } from "./api";
import { fill, h, say } from "./dom";
import { pretty } from "./format";
import { linkTo } from "./router";
import type { Context, View } from "./view";

export function startView({ feed, place, notice }: Context): View {
  const like = place.query.get("like");
  const machine = h("select", { id: "machine", required: true });
  const name = h("input", {
    id: "name",
    type: "text",
    maxlength: 80,
    autocomplete: "off",
    "aria-describedby": "name-hint",
  });
  const input = h("textarea", {
    id: "input",
    rows: 12,
    spellcheck: "false",
    class: "mono",
    "aria-describedby": "input-problem",
  });
  const problem = h("p", { id: "input-problem", class: "problem", role: "alert" });
  const button = h("button", { type: "submit", class: "primary" }, "Start execution");
  const form = h(
    "form",
    { class: "card form" },
    h("div", { class: "field" }, h("label", { for: "machine" }, "State machine"), machine),
    h(
      "div",
      { class: "field" },
      h("label", { for: "name" }, "Name"),
      name,
      h("p", { class: "note", id: "name-hint" }, "Leave it empty, and it gets one that nobody has used."),
    ),
    h("div", { class: "field" }, h("label", { for: "input" }, "Input"), input, problem),
    h("div", { class: "buttons" }, button, h("span", { class: "note" }, "Ctrl + Enter starts it too.")),
  );
  let hello: Hello | null = null;

  function prefill(): void {
    if (like !== null) return;
    input.value = hello?.machines.find(({ arn }) => arn === machine.value)?.input ?? "{}";
    check();
  }

  function check(): boolean {
    try {
      JSON.parse(input.value);
      say(problem, "");
    } catch (error) {
      say(problem, `The input is not JSON: ${(error as Error).message}`);
    }
    input.setAttribute("aria-invalid", String(problem.textContent !== ""));
    return problem.textContent === "";
  }

  async function start(): Promise<void> {
    if (!check() || button.disabled) return;
    button.disabled = true;
    try {
      const { executionArn } = await act<Started>("/api/executions/start", {
        stateMachineArn: machine.value,
        name: name.value,
        input: input.value,
      });
      location.hash = linkTo("execution", executionArn);
    } catch (error) {
      notice((error as Error).message, "failed");
      button.disabled = false;
    }
  }

  machine.addEventListener("change", prefill);
  input.addEventListener("input", check);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void start();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void start();
  });
  const stop = feed.on("hello", (told) => {
    if (hello !== null) return;
    hello = told;
    fill(machine, ...told.machines.map(({ arn, name: label }) => h("option", { value: arn }, label)));
    button.disabled = told.machines.length === 0;
    if (told.machines.length === 0)
      say(problem, "There is no state machine yet: create one by the CLI or an SDK, and reload.");
    prefill();
  });
  if (like !== null)
    void ask<ExecutionPlan>("/api/execution", { arn: like }).then((plan) => {
      input.value = pretty(plan?.input ?? "{}");
      const started = like.split(":")[6] ?? "";
      const same = [...machine.options].find((option) => option.value.includes(`:stateMachine:${started}`));
      if (same !== undefined) machine.value = same.value;
      check();
    });
  return {
    title: "Start an execution",
    element: h(
      "div",
      { class: "view narrow" },
      h("p", { class: "crumb" }, h("a", { href: linkTo("executions") }, "Executions")),
      h("div", { class: "heading" }, h("h1", {}, "Start an execution")),
      form,
    ),
    topics: {},
    close: stop,
  };
}
