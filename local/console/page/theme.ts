/** Light or dark: as the system has it, until somebody says otherwise. */

type Theme = "light" | "dark";

const KEY = "loveless-theme";
const SYSTEM = "(prefers-color-scheme: dark)";

/** The button says what it would change to. `onChange` is told when what is drawn by hand must be drawn anew. */
export function themeSwitch(button: HTMLButtonElement, onChange: () => void): void {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] = chosen;
  const label = (): void => {
    const other = current() === "dark" ? "Light" : "Dark";
    button.textContent = other;
    button.setAttribute("aria-label", `${other} colours`);
  };
  label();
  button.addEventListener("click", () => {
    const next: Theme = current() === "dark" ? "light" : "dark";
    document.documentElement.dataset["theme"] = next;
    localStorage.setItem(KEY, next);
    label();
    onChange();
  });
  matchMedia(SYSTEM).addEventListener("change", () => {
    label();
    onChange();
  });
}

function current(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia(SYSTEM).matches ? "dark" : "light";
}

/** What a colour of the stylesheet is now, for a canvas. */
export function colour(name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

export const THEME_CHANGED = "loveless-theme-changed";
