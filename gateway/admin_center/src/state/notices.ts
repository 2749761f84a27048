/** Short messages that come and go. */

import { signal } from "@preact/signals";

export interface Notice {
  id: number;
  kind: "good" | "bad";
  text: string;
}

const SHOWN_MILLISECONDS = 6000;

export const notices = signal<Notice[]>([]);
let last = 0;

export function tell(text: string, kind: Notice["kind"] = "good"): void {
  const id = ++last;
  notices.value = [...notices.value, { id, kind, text }];
  setTimeout(() => dismiss(id), SHOWN_MILLISECONDS);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((each) => each.id !== id);
}
