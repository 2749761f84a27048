/** A job's log: live, searchable, to be downloaded. */

import { useSignal } from "@preact/signals";
import { formatClock, plural } from "../lib/format.ts";
import { type LogLine, useLiveLog } from "../lib/live_log.ts";
import { saveText } from "../lib/saving.ts";
import { Button } from "./button.tsx";
import { TextField } from "./fields.tsx";
import { VirtualList } from "./virtual_list.tsx";

const LINE_HEIGHT = 26;

export function LogView({ jobId, name, isOver }: { jobId: string; name: string; isOver: boolean }) {
  const lines = useLiveLog(jobId, isOver);
  const wanted = useSignal("");
  const chosen = useSignal<LogLine | null>(null);
  const needle = wanted.value.trim().toLowerCase();
  const shown = needle === "" ? lines : lines.filter((line) => line.text.toLowerCase().includes(needle));
  return (
    <section class="card log" aria-labelledby="log-title">
      <header>
        <h2 id="log-title">Log</h2>
        <TextField label="Search the log" isLabelHidden type="search" placeholder="Search" value={wanted} />
        <span class="fine" role="status">
          {needle === "" ? plural(lines.length, "line") : `${shown.length} of ${plural(lines.length, "line")}`}
        </span>
        <Button
          icon="download"
          disabled={lines.length === 0}
          onClick={() => saveText(name, lines.map((line) => `${line.text}\n`).join(""))}
        >
          Download
        </Button>
      </header>
      {lines.length === 0 ? (
        <p class="muted">Nothing is written yet.</p>
      ) : (
        <VirtualList
          items={shown}
          label="Lines of the log"
          rowHeight={LINE_HEIGHT}
          keyOf={(line) => String(line.number)}
          render={(line) => (
            <Line
              line={line}
              isChosen={chosen.value?.number === line.number}
              onChoose={() => {
                chosen.value = chosen.value?.number === line.number ? null : line;
              }}
            />
          )}
          sticksToEnd
        />
      )}
      {chosen.value && (
        <pre class="line-whole" tabindex={0}>
          {JSON.stringify(JSON.parse(chosen.value.text), null, 2)}
        </pre>
      )}
    </section>
  );
}

function Line({ line, isChosen, onChoose }: { line: LogLine; isChosen: boolean; onChoose: () => void }) {
  const fields = Object.entries(line.fields).map(([name, value]) => `${name}=${short(value)}`);
  return (
    <button type="button" class={`line ${line.level}`} aria-pressed={isChosen} onClick={onChoose}>
      <span class="time">{line.time && formatClock(line.time)}</span>
      <span class="event">{line.event}</span>
      <span class="fields">{fields.join(" ")}</span>
    </button>
  );
}

function short(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
