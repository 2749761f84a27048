/** The tenants of this installation, with their databases and limits. */

import { type Signal, useSignal } from "@preact/signals";
import { changeTenant, createTenant, deleteTenant, listServerDatabases, listTenants } from "../api/calls.ts";
import type { Tenant } from "../api/wire.ts";
import { useLoad } from "../lib/loading.ts";
import { ActionDialog } from "../parts/action_dialog.tsx";
import { Button } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { CheckList, SelectField, TextField } from "../parts/fields.tsx";
import { Moment } from "../parts/moment.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { Empty, Ready } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { hrefTo } from "../state/address.ts";
import { tell } from "../state/notices.ts";
import { loadMe } from "../state/session.ts";

type Open = { what: "new" } | { what: "edit" | "delete"; tenant: Tenant };

export function Tenants() {
  const loaded = useLoad(listTenants());
  const open = useSignal<Open | null>(null);
  const close = () => {
    open.value = null;
    loaded.reload(); // a change that was refused met a newer one
  };
  const done = () => {
    loaded.reload();
    void loadMe(); // the choice above lists them too
  };
  return (
    <>
      <PageHead title="Tenants" lead="Each has its own jobs, archives, users and databases.">
        <Button icon="plus" kind="primary" onClick={() => (open.value = { what: "new" })}>
          New tenant
        </Button>
      </PageHead>
      <Ready loaded={loaded}>
        {({ tenants }) => <List tenants={tenants} onOpen={(what) => (open.value = what)} />}
      </Ready>
      <Databases />
      <Curl calls={listTenants()} />
      {open.value?.what === "new" && <EditDialog tenant={null} onClose={close} onDone={done} />}
      {open.value?.what === "edit" && <EditDialog tenant={open.value.tenant} onClose={close} onDone={done} />}
      {open.value?.what === "delete" && <DeleteDialog tenant={open.value.tenant} onClose={close} onDone={done} />}
    </>
  );
}

function List({ tenants, onOpen }: { tenants: Tenant[]; onOpen: (open: Open) => void }) {
  if (tenants.length === 0) {
    return (
      <Empty icon="tenants" title="No tenants yet">
        <Button kind="primary" icon="plus" onClick={() => onOpen({ what: "new" })}>
          Create the first
        </Button>
      </Empty>
    );
  }
  return (
    <div class="card list">
      <Table
        columns={COLUMNS}
        rows={tenants}
        keyOf={({ name }) => name}
        actions={(tenant) => <Actions tenant={tenant} onOpen={onOpen} />}
      />
    </div>
  );
}

const COLUMNS: Column<Tenant>[] = [
  { name: "Tenant", show: ({ name }) => <a href={hrefTo([], { tenant: name, database: "" })}>{name}</a> },
  { name: "Databases", show: ({ databases }) => databases.join(", ") || "–" },
  { name: "Catalogue", show: ({ catalogue_database }) => catalogue_database ?? "–" },
  { name: "Created", show: ({ created }) => <Moment time={created} /> },
];

function Actions({ tenant, onOpen }: { tenant: Tenant; onOpen: (open: Open) => void }) {
  return (
    <>
      <Button onClick={() => onOpen({ what: "edit", tenant })}>Change</Button>
      <Button
        icon="trash"
        kind="quiet"
        label={`Delete ${tenant.name}`}
        onClick={() => onOpen({ what: "delete", tenant })}
      />
    </>
  );
}

function Databases() {
  const loaded = useLoad(listServerDatabases());
  return (
    <section class="card" aria-labelledby="databases-title">
      <h2 id="databases-title">Databases of this installation</h2>
      <Ready loaded={loaded}>
        {({ databases }) => (
          <p>{databases.map(({ name }) => name).join(", ") || "None: the settings name no database."}</p>
        )}
      </Ready>
      <Curl calls={listServerDatabases()} />
    </section>
  );
}

interface DialogProps {
  onDone: () => void;
  onClose: () => void;
}

function EditDialog({ tenant, onDone, onClose }: DialogProps & { tenant: Tenant | null }) {
  const all = useLoad(listServerDatabases());
  const name = useSignal(tenant?.name ?? "");
  const databases = useSignal<ReadonlySet<string>>(new Set(tenant?.databases ?? []));
  const catalogue = useSignal(tenant?.catalogue_database ?? "");
  const bytes = useSignal(String(tenant?.limits?.max_archive_bytes ?? ""));
  const waiting = useSignal(String(tenant?.limits?.waiting_jobs ?? ""));
  const total = useSignal(String(tenant?.limits?.max_total_bytes ?? ""));
  const days = useSignal(String(tenant?.limits?.keep_archives_days ?? ""));
  const limits = {
    max_archive_bytes: numberOf(bytes),
    waiting_jobs: numberOf(waiting),
    max_total_bytes: numberOf(total),
    keep_archives_days: numberOf(days),
  };
  const hasLimits = Object.values(limits).some((each) => each !== null);
  const body = {
    databases: [...databases.value],
    ...(databases.value.has(catalogue.value) ? { catalogue_database: catalogue.value } : {}),
    ...(tenant === null && !hasLimits ? {} : { limits }),
  };
  const call = tenant === null ? createTenant({ name: name.value.trim(), ...body }) : changeTenant(tenant, body);
  return (
    <ActionDialog
      title={tenant === null ? "New tenant" : `Change ${tenant.name}`}
      submit={tenant === null ? "Create" : "Save"}
      call={call}
      isReady={name.value.trim() !== ""}
      onDone={() => {
        tell(tenant === null ? `Tenant ${name.value.trim()} is there.` : "Saved.");
        onClose();
        onDone();
      }}
      onClose={onClose}
    >
      {tenant === null && (
        <TextField label="Name" value={name} isRequired hint="Letters, digits, dots, dashes; it stands in addresses." />
      )}
      <CheckList
        legend="Databases"
        options={(all.value?.databases ?? []).map((each) => ({ value: each.name, text: each.name }))}
        chosen={databases}
      />
      <SelectField
        label="Catalogue database"
        value={catalogue.value}
        options={[{ value: "", text: "The first" }, ...[...databases.value].map((value) => ({ value, text: value }))]}
        onChange={(value) => {
          catalogue.value = value;
        }}
      />
      <div class="side-by-side">
        <TextField label="Largest archive (bytes)" type="number" value={bytes} placeholder="no limit of its own" />
        <TextField label="Jobs that may wait" type="number" value={waiting} placeholder="25" />
      </div>
      <div class="side-by-side">
        <TextField label="All archives (bytes)" type="number" value={total} placeholder="no limit" />
        <TextField label="Keep archives (days)" type="number" value={days} placeholder="for ever" />
      </div>
    </ActionDialog>
  );
}

function numberOf(text: Signal<string>): number | null {
  return text.value === "" ? null : Number(text.value);
}

function DeleteDialog({ tenant, onDone, onClose }: DialogProps & { tenant: Tenant }) {
  const typed = useSignal("");
  return (
    <ActionDialog
      title={`Delete ${tenant.name}?`}
      submit="Delete"
      call={deleteTenant(tenant.name)}
      isReady={typed.value === tenant.name}
      onDone={() => {
        tell(`Tenant ${tenant.name} is deleted.`);
        onClose();
        onDone();
      }}
      onClose={onClose}
      isDangerous
    >
      <p>Its users and keys end at once. Databases and their applications stay.</p>
      <TextField label={`Type “${tenant.name}” to confirm`} value={typed} />
    </ActionDialog>
  );
}
