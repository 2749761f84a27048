/** Who changed what, refused attempts too. */

import { useSignal } from "@preact/signals";
import { listAudit } from "../api/calls.ts";
import type { AuditEntry } from "../api/wire.ts";
import { useLoad } from "../lib/loading.ts";
import { Button } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { Moment } from "../parts/moment.tsx";
import { Ready } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";

const COLUMNS: Column<AuditEntry>[] = [
  { name: "When", show: ({ time }) => <Moment time={time} /> },
  { name: "Who", show: ({ user }) => user || "nobody" },
  { name: "From", show: ({ address }) => address },
  { name: "What", show: ({ action }) => action },
  { name: "Target", show: ({ target }) => target },
  { name: "Outcome", show: ({ status, code }) => (code ? `${status} ${code}` : status) },
];

export function Audit() {
  const cursor = useSignal<string | undefined>(undefined);
  const call = listAudit(cursor.value);
  const loaded = useLoad(call);
  const go = (where: string | undefined) => {
    cursor.value = where;
  };
  return (
    <section class="card" aria-labelledby="audit-title">
      <h2 id="audit-title">Audit log</h2>
      <p class="muted">Changes, downloads and refused logins of the tenant, newest first.</p>
      <Ready loaded={loaded}>
        {({ entries, next_cursor }) => (
          <>
            <Table columns={COLUMNS} rows={entries} keyOf={({ time, request_id, target }) => time + request_id + target} />
            {cursor.value && <Button onClick={() => go(undefined)}>Newest</Button>}
            {next_cursor && <Button onClick={() => go(next_cursor)}>Older</Button>}
          </>
        )}
      </Ready>
      <Curl calls={call} />
    </section>
  );
}
