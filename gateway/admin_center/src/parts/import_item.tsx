/** One archive on its way in. */

import { useSignal } from "@preact/signals";
import { createImport, uploadArchive } from "../api/calls.ts";
import { useActing } from "../lib/acting.ts";
import { formatBytes } from "../lib/format.ts";
import { hrefTo } from "../state/address.ts";
import {
  bodyOf,
  check,
  discard,
  type Item,
  isReady,
  restartUpload,
  type Stage,
  stopUpload,
  submit,
} from "../state/imports.ts";
import { Badge, type Tone } from "./badge.tsx";
import { Bar } from "./bar.tsx";
import { Button } from "./button.tsx";
import { Choices } from "./choices.tsx";
import { Curl } from "./curl.tsx";
import { ForeignNameFields } from "./foreign_names.tsx";
import { Icon } from "./icon.tsx";
import { DiskNote, Warnings } from "./inspection_view.tsx";
import { JobOutcome } from "./job_outcome.tsx";
import { LabelFields } from "./label_fields.tsx";
import { ErrorBox } from "./states.tsx";

const STAGES: Record<Stage, [string, Tone]> = {
  queued: ["Waits for upload", "quiet"],
  uploading: ["Uploading", "busy"],
  stopped: ["Upload stopped", "warn"],
  checking: ["Being checked", "busy"],
  ready: ["Ready", "good"],
  refused: ["Refused", "bad"],
  submitted: ["Submitted", "good"],
};

export function ImportItem({ item, place }: { item: Item; place: string }) {
  const [word, tone] = STAGES[item.stage];
  const isSubmitted = item.stage === "submitted";
  const size = item.file?.size ?? item.inspection?.bytes;
  return (
    <article class="card import-item" aria-label={item.archive}>
      <header>
        <Icon name="file" />
        <h2 class="breaks">{item.archive}</h2>
        {size !== undefined && <span class="fine">{formatBytes(size)}</span>}
        {!isSubmitted && <Badge tone={tone}>{word}</Badge>}
        <Button
          kind="quiet"
          icon="close"
          label={`Take ${item.archive} off the list`}
          onClick={() => discard(item.id)}
        />
      </header>
      <UploadState item={item} />
      <ErrorBox error={item.error} />
      {item.stage === "refused" && item.isStored && (
        <Button icon="retry" onClick={() => void check(item.id)}>
          Check again
        </Button>
      )}
      {item.inspection?.kind === "graphml" && !isSubmitted && <ForeignNameFields item={item} />}
      {item.inspection !== null && !isSubmitted && <LabelFields item={item} />}
      {item.stage === "ready" && <Decision item={item} place={place} />}
      {item.jobId !== null && <JobOutcome id={item.jobId} />}
    </article>
  );
}

function UploadState({ item }: { item: Item }) {
  const { file, stage, sent } = item;
  if (file === null || (stage !== "uploading" && stage !== "stopped")) return null;
  return (
    <div class="upload">
      <Bar
        fraction={file.size === 0 ? 1 : sent / file.size}
        label={`Upload of ${item.archive}`}
        tone={stage === "stopped" ? "bad" : "busy"}
      />
      <span class="fine">
        {formatBytes(sent)} of {formatBytes(file.size)}
      </span>
      {stage === "uploading" ? (
        <Button icon="stop" onClick={() => stopUpload(item.id)}>
          Stop
        </Button>
      ) : (
        <Button icon="play" kind="primary" onClick={() => restartUpload(item.id)}>
          Go on
        </Button>
      )}
    </div>
  );
}

function Decision({ item, place }: { item: Item; place: string }) {
  const acting = useActing();
  const isTrying = useSignal(false);
  const inspection = item.inspection;
  if (inspection === null) return null;
  const act = (isTrial: boolean) =>
    acting.run(async () => {
      isTrying.value = isTrial;
      await submit(item.id, place, isTrial ? { dry_run: true } : {});
    });
  const call = createImport(bodyOf(item, place));
  return (
    <>
      <Choices item={item} inspection={inspection} />
      <Warnings inspection={inspection} />
      <DiskNote inspection={inspection} />
      {item.trialId !== null && (
        <div class="trial">
          <h3>Dry run</h3>
          <JobOutcome id={item.trialId} />
        </div>
      )}
      <div class="actions">
        <a class="button quiet" href={hrefTo(["archives", item.archive])}>
          Inspect
        </a>
        <Button busy={acting.busy.value && isTrying.value} disabled={!isReady(item)} onClick={() => void act(true)}>
          Dry run
        </Button>
        <Button
          kind="primary"
          icon="import"
          busy={acting.busy.value && !isTrying.value}
          disabled={!isReady(item)}
          onClick={() => void act(false)}
        >
          Import
        </Button>
      </div>
      <Curl calls={item.file === null ? call : [uploadArchive(item.archive), call]} />
    </>
  );
}
