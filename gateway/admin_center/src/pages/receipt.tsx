/** The receipt of an ended job, to be read or printed. */

import { getJob, getReceipt } from "../api/calls.ts";
import type { ReceiptAnswer, ReceiptGraph } from "../api/schemas.ts";
import type { Job } from "../api/wire.ts";
import { formatBytes, formatMoment, formatNumber, sentence } from "../lib/format.ts";
import { titleOf } from "../lib/job_words.ts";
import { useLoad } from "../lib/loading.ts";
import { Button } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { LeftNote } from "../parts/left_note.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { ErrorBox, Ready } from "../parts/states.tsx";
import { hrefTo } from "../state/address.ts";

export function ReceiptPage({ id }: { id: string }) {
  const call = getReceipt(id);
  const loaded = useLoad(call);
  const job = useLoad(getJob(id));
  return (
    <>
      <PageHead title="Receipt" above={{ href: hrefTo(["jobs", id]), text: "Job" }}>
        <Button icon="file" kind="primary" onClick={() => print()}>
          Print
        </Button>
      </PageHead>
      <ErrorBox error={job.error} onRetry={job.reload} />
      {job.value && <Ready loaded={loaded}>{(receipt) => <Shown receipt={receipt} job={job.value as Job} />}</Ready>}
      <Curl calls={call} />
    </>
  );
}

function Shown({ receipt, job }: { receipt: ReceiptAnswer; job: Job }) {
  return (
    <>
      <section class="card" aria-labelledby="receipt-title">
        <h2 id="receipt-title">{titleOf(job)}</h2>
        <LeftNote job={job} />
        <Facts>
          <Fact name="Outcome">{sentence(receipt.outcome)}</Fact>
          <Fact name="Job">
            <code class="breaks">{receipt.job}</code>
          </Fact>
          <Fact name="Tenant">{receipt.tenant}</Fact>
          <Fact name="Database">
            {receipt.from_database === null ? receipt.database : `${receipt.from_database} to ${receipt.database}`}
          </Fact>
          <Fact name="Submitted">
            {momentOf(receipt.created)} by {receipt.created_by}, {receipt.surface} surface
          </Fact>
          <Fact name="Started">{momentOf(receipt.started)}</Fact>
          <Fact name="Ended">{momentOf(receipt.ended)}</Fact>
          {receipt.cancel && (
            <Fact name="Cancelled by">
              {receipt.cancel.by}
              {receipt.cancel.reason && `: ${receipt.cancel.reason}`}
            </Fact>
          )}
          {receipt.failure && (
            <Fact name="Failure">
              {receipt.failure.message} <span class="fine">{receipt.failure.code}</span>
            </Fact>
          )}
          {receipt.archive && (
            <Fact name="Archive">
              {receipt.archive.name}, {formatBytes(receipt.archive.bytes)}
              <br />
              SHA-256 <code class="breaks">{receipt.archive.sha256}</code>
            </Fact>
          )}
          <Fact name="Nodes">{formatNumber(receipt.nodes)}</Fact>
          <Fact name="Relationships">{formatNumber(receipt.relationships)}</Fact>
          <Fact name="Attempts">
            {receipt.attempts}
            {receipt.crashes > 0 && `, ${receipt.crashes} of them lost with their worker`}
          </Fact>
          <Fact name="Made by">Graphferry {receipt.made_by}</Fact>
        </Facts>
      </section>
      {receipt.applications.map((each) => (
        <Graph key={`${each.database} ${each.name} ${each.version}`} graph={each} />
      ))}
    </>
  );
}

function Graph({ graph }: { graph: ReceiptGraph }) {
  return (
    <section class="card" aria-label={graph.name}>
      <h2>
        {graph.name} {graph.version ?? ""}
      </h2>
      <Facts>
        <Fact name="Outcome">{sentence(graph.outcome)}</Fact>
        <Fact name="Database">{graph.database}</Fact>
        <Fact name="Nodes">{formatNumber(graph.nodes)}</Fact>
        <Fact name="Relationships">{formatNumber(graph.relationships)}</Fact>
        <Digest name="Digest before" digest={graph.digest_before} />
        <Digest name="Digest in the archive" digest={graph.digest_of_archive} />
        <Digest name="Digest after" digest={graph.digest_after} />
      </Facts>
    </section>
  );
}

function Digest({ name, digest }: { name: string; digest: string | null }) {
  return <Fact name={name}>{digest === null ? "–" : <code class="breaks">{digest}</code>}</Fact>;
}

const momentOf = (time: string | null): string => (time === null ? "–" : formatMoment(time));
