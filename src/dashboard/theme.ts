import { onPress } from "./dom.ts";

const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const KEY = "topichub.theme";
const LABELS: Record<Theme, string> = { system: "as the system has it", light: "light", dark: "dark" };

/** Light, dark, or as the system has it; `changed` is called with each change, whoever made it. */
export function startTheme(changed: () => void): void {
  let theme = remembered();
  const apply = () => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.setAttribute("aria-label", `Theme: ${LABELS[theme]}`);
    button.title = `Theme: ${LABELS[theme]}`;
    changed();
  };
  const button = onPress("theme", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
    remember(theme);
    apply();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  apply();
}

// Storage that a browser forbids is one that remembers nothing.
function remembered(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? "system";
  } catch {
    return "system";
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {}
}
