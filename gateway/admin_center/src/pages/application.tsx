/** One application: its versions, its schema, who may use it. */

import { useSignal } from "@preact/signals";
import { deleteApplication, getSchema, listApplications, listGrants, revokeGrant } from "../api/calls.ts";
import { send } from "../api/client.ts";
import type { Job, Schema } from "../api/wire.ts";
import { plural } from "../lib/format.ts";
import { useLoad } from "../lib/loading.ts";
import { groupVersions, type Versioned } from "../lib/versions.ts";
import { ActionDialog } from "../parts/action_dialog.tsx";
import { Button, LinkButton } from "../parts/button.tsx";
import { CopyDialog } from "../parts/copy_dialog.tsx";
import { Curl } from "../parts/curl.tsx";
import { SelectField, TextField } from "../parts/fields.tsx";
import { GrantDialog } from "../parts/grant_dialog.tsx";
import { GrantTable } from "../parts/grant_table.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { SchemaPicture } from "../parts/schema_picture.tsx";
import { Empty, ErrorBox, Ready } from "../parts/states.tsx";
import { type Column, counts, Table } from "../parts/table.tsx";
import { address, ask, go, hrefTo } from "../state/address.ts";
import { tell } from "../state/notices.ts";
import { database, may, me } from "../state/session.ts";
import { NoDatabase } from "./applications.tsx";

export function ApplicationPage({ name }: { name: string }) {
  const place = database.value;
  if (place === null) return <NoDatabase />;
  return <InDatabase key={place} place={place} name={name} />;
}

function InDatabase({ place, name }: { place: string; name: string }) {
  const loaded = useLoad(listApplications(place));
  return (
    <Ready loaded={loaded}>
      {({ applications }) => {
        const found = groupVersions(applications).find((each) => each.name === name);
        return found === undefined ? <Absent place={place} name={name} /> : <Shown place={place} found={found} />;
      }}
    </Ready>
  );
}

function Absent({ place, name }: { place: string; name: string }) {
  return (
    <Empty isPage icon="applications" title={`${name} is not in database ${place}`}>
      <LinkButton href={hrefTo(["applications"])}>All applications</LinkButton>
    </Empty>
  );
}

function Shown({ place, found }: { place: string; found: Versioned }) {
  const open = useSignal<"delete" | "copy" | null>(null);
  const close = () => {
    open.value = null;
  };
  const asked = address.value.query["version"];
  const version = found.versions.find((each) => each.version === asked) ?? found.versions[0];
  return (
    <>
      <PageHead
        title={found.name}
        above={{ href: hrefTo(["applications"]), text: "Applications" }}
        lead={`${found.kind}, in database ${place}.`}
      >
        <LinkButton icon="export" kind="primary" href={hrefTo(["export"], { application: found.name })}>
          Export
        </LinkButton>
        {may.value.may_import && (me.value?.databases.length ?? 0) > 0 && (
          <Button icon="copy" onClick={() => (open.value = "copy")}>
            Copy
          </Button>
        )}
        {may.value.may_administer && (
          <Button icon="trash" kind="danger" onClick={() => (open.value = "delete")}>
            Delete
          </Button>
        )}
      </PageHead>
      {found.versions.length > 1 && (
        <SelectField
          label="Version"
          value={version?.version ?? ""}
          options={found.versions.map((each) => ({ value: each.version, text: each.version }))}
          onChange={(value) => ask({ version: value })}
        />
      )}
      {version && <SchemaCard place={place} name={found.name} version={version.version} />}
      {may.value.may_import && <Grants place={place} name={found.name} />}
      {open.value === "delete" && <DeleteDialog place={place} found={found} onClose={close} />}
      {open.value === "copy" && <CopyDialog place={place} name={found.name} onClose={close} />}
    </>
  );
}

function SchemaCard({ place, name, version }: { place: string; name: string; version: string }) {
  const call = getSchema(place, name, version);
  const loaded = useLoad(call);
  return (
    <section class="card" aria-labelledby="schema-title">
      <h2 id="schema-title">Schema of version {version}</h2>
      <Ready loaded={loaded}>
        {(schema) => (
          <>
            <p class="figures">
              <span>{plural(schema.nodes, "node")}</span>
              <span>{plural(schema.relationships, "relationship")}</span>
            </p>
            <SchemaPicture schema={schema} />
            <SchemaTables schema={schema} />
          </>
        )}
      </Ready>
      <Curl calls={call} />
    </section>
  );
}

function SchemaTables({ schema }: { schema: Schema }) {
  return (
    <details class="raw">
      <summary>Labels, relationship types and property keys</summary>
      <div class="columns even">
        <CountTable head="Label" rows={schema.labels.map((each) => [each.label, each.count])} />
        <CountTable head="Relationship type" rows={schema.types.map((each) => [each.type, each.count])} />
      </div>
      <Table
        columns={PROPERTY_COLUMNS}
        rows={schema.properties}
        keyOf={({ label, type, key }) => `${label} ${type} ${key}`}
        isSlim
      />
    </details>
  );
}

const PROPERTY_COLUMNS: Column<Schema["properties"][number]>[] = [
  { name: "On", show: ({ label, type }) => label ?? type },
  { name: "Property key", show: ({ key }) => key },
  { name: "Types", show: ({ types }) => types.join(", ") },
  counts("Count", ({ count }) => count),
];

function CountTable({ head, rows }: { head: string; rows: [string, number][] }) {
  const columns: Column<[string, number]>[] = [
    { name: head, show: ([name]) => name },
    counts("Count", ([, count]) => count),
  ];
  return <Table columns={columns} rows={rows} keyOf={([name]) => name} isSlim />;
}

function Grants({ place, name }: { place: string; name: string }) {
  const isOpen = useSignal(false);
  const call = listGrants({ database: place, application: name });
  const loaded = useLoad(call);
  const revoke = async (id: string) => {
    await send(revokeGrant(id));
    tell("Access taken back.");
    loaded.reload();
  };
  return (
    <section class="card" aria-labelledby="grants-title">
      <header>
        <h2 id="grants-title">Granted to</h2>
        <Button icon="plus" onClick={() => (isOpen.value = true)}>
          Grant access
        </Button>
      </header>
      {loaded.error ? (
        <ErrorBox error={loaded.error} />
      ) : (
        <GrantTable grants={loaded.value?.grants ?? []} onRevoke={revoke} isShort />
      )}
      <Curl calls={call} />
      {isOpen.value && (
        <GrantDialog
          database={place}
          applications={[name]}
          onClose={() => {
            isOpen.value = false;
          }}
          onDone={loaded.reload}
        />
      )}
    </section>
  );
}

function DeleteDialog({ place, found, onClose }: { place: string; found: Versioned; onClose: () => void }) {
  const typed = useSignal("");
  const version = useSignal("");
  const done = (job: Job) => {
    tell("The deletion is submitted.");
    onClose();
    go(["jobs", job.id]);
  };
  return (
    <ActionDialog
      title={`Delete ${found.name}?`}
      submit="Delete"
      call={deleteApplication(place, found.name, version.value || undefined)}
      onDone={done}
      onClose={onClose}
      isDangerous
      isReady={typed.value === found.name}
    >
      <p>It goes from database {place}, and cannot be brought back but from an archive.</p>
      {found.versions.length > 1 && (
        <SelectField
          label="What goes"
          value={version.value}
          options={[
            { value: "", text: "All versions" },
            ...found.versions.map((each) => ({ value: each.version, text: `Version ${each.version}` })),
          ]}
          onChange={(value) => {
            version.value = value;
          }}
        />
      )}
      <TextField label={`Type “${found.name}” to confirm`} value={typed} />
    </ActionDialog>
  );
}
