/** Small words in colour. */

import type { ComponentChildren } from "preact";
import type { Status } from "../api/wire.ts";
import { STATUS_WORDS } from "../lib/job_words.ts";

export type Tone = "good" | "bad" | "busy" | "quiet" | "warn";

const TONES: Record<Status, Tone> = {
  created: "quiet",
  in_progress: "busy",
  closed: "good",
  closed_by_timeout: "bad",
  failed: "bad",
  cancelled: "warn",
};

export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** Several words side by side. */
export function Badges({ words, none = "" }: { words: string[]; none?: string }) {
  return (
    <span class="badges">
      {words.map((word) => (
        <Badge key={word} tone="quiet">
          {word}
        </Badge>
      ))}
      {words.length === 0 && none}
    </span>
  );
}

export function StatusBadge({ status }: { status: Status }) {
  return <Badge tone={TONES[status]}>{STATUS_WORDS[status]}</Badge>;
}
