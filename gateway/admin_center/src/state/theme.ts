/** Light or dark: what the reader chose, else what the system prefers. */

import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const PLACE = "graphferry.theme";
const stored = localStorage.getItem(PLACE);

export const theme = signal<Theme>(stored === "light" || stored === "dark" ? stored : "system");

effect(() => {
  if (theme.value === "system") {
    localStorage.removeItem(PLACE);
    delete document.documentElement.dataset["theme"];
  } else {
    localStorage.setItem(PLACE, theme.value);
    document.documentElement.dataset["theme"] = theme.value;
  }
});

export function isDark(): boolean {
  return theme.value === "dark" || (theme.value === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
}
