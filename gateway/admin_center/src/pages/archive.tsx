/** One archive: what is in it. */

import { useSignal } from "@preact/signals";
import { inspectArchive } from "../api/calls.ts";
import type { ApiError } from "../api/client.ts";
import { inspect } from "../api/inspecting.ts";
import { useLoad } from "../lib/loading.ts";
import { Button, LinkButton } from "../parts/button.tsx";
import { Command, Curl } from "../parts/curl.tsx";
import { DownloadButton, downloadCommand } from "../parts/download.tsx";
import { Contents, DiskNote, InspectionFacts, Warnings } from "../parts/inspection_view.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { ErrorBox, Loading } from "../parts/states.tsx";
import { go, hrefTo } from "../state/address.ts";
import { database, may } from "../state/session.ts";
import { DeleteArchive } from "./archives.tsx";

export function ArchivePage({ name }: { name: string }) {
  const call = inspectArchive(name, database.value ?? undefined);
  const { value: inspection, error, reload } = useLoad(call, inspect);
  const isDeleting = useSignal(false);
  if (error?.status === 404) return <Absent error={error} />;
  return (
    <>
      <PageHead title={name} above={{ href: hrefTo(["archives"]), text: "Archives" }}>
        {may.value.may_import && (
          <LinkButton icon="import" kind="primary" href={hrefTo(["import"], { archive: name })}>
            Import
          </LinkButton>
        )}
        <DownloadButton name={name} />
        {may.value.may_administer && (
          <Button icon="trash" kind="danger" onClick={() => (isDeleting.value = true)}>
            Delete
          </Button>
        )}
      </PageHead>
      <ErrorBox error={error} onRetry={reload} />
      {inspection === null && error === null && <Loading what="Checking the whole archive" />}
      {inspection && (
        <section class="card" aria-labelledby="content-title">
          <h2 id="content-title">Content</h2>
          <Contents inspection={inspection} />
          <Warnings inspection={inspection} />
          <InspectionFacts inspection={inspection} />
          <DiskNote inspection={inspection} />
        </section>
      )}
      <Curl calls={call} label="Inspect as a command" />
      <Command text={downloadCommand(name)} label="Download as a command" />
      {isDeleting.value && (
        <DeleteArchive
          name={name}
          onClose={() => {
            isDeleting.value = false;
          }}
          onDone={() => go(["archives"])}
        />
      )}
    </>
  );
}

function Absent({ error }: { error: ApiError }) {
  return (
    <>
      <PageHead title="No such archive" above={{ href: hrefTo(["archives"]), text: "Archives" }} />
      <ErrorBox error={error} />
    </>
  );
}
