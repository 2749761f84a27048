/** Who is in the tenant, with which keys, granted what. */

import { useSignal } from "@preact/signals";
import { listGrants, listKeys, revokeGrant } from "../api/calls.ts";
import { send } from "../api/client.ts";
import { useLoad } from "../lib/loading.ts";
import { Button } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { GrantTable } from "../parts/grant_table.tsx";
import { KeyTable } from "../parts/key_table.tsx";
import { NewGrantDialog } from "../parts/new_grant_dialog.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { Ready } from "../parts/states.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { tell } from "../state/notices.ts";
import { Audit } from "./audit.tsx";
import { Users } from "./users.tsx";
import { Webhook } from "./webhook.tsx";

const TABS: [string, string][] = [
  ["users", "Users"],
  ["keys", "Keys"],
  ["grants", "Grants"],
  ["webhook", "Webhook"],
  ["audit", "Audit log"],
];

export function Access({ rest }: { rest: string[] }) {
  const current = rest[0] ?? "users";
  return (
    <>
      <PageHead
        title="Users and access"
        lead="Users of the tenant, their keys, the applications granted to them, and what was done."
      />
      <Tabs label="Users and access" tabs={TABS} section="access" current={current} />
      {current === "users" && <Users />}
      {current === "keys" && <Keys />}
      {current === "grants" && <Grants />}
      {current === "webhook" && <Webhook />}
      {current === "audit" && <Audit />}
    </>
  );
}

function Keys() {
  const call = listKeys("*");
  const loaded = useLoad(call);
  return (
    <section class="card" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys of all users</h2>
      <Ready loaded={loaded}>{({ keys }) => <KeyTable keys={keys} onChange={loaded.reload} showsUser />}</Ready>
      <Curl calls={call} />
    </section>
  );
}

function Grants() {
  const loaded = useLoad(listGrants());
  const isOpen = useSignal(false);
  const revoke = async (id: string) => {
    try {
      await send(revokeGrant(id));
      tell("Access taken back.");
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error), "bad");
    }
    loaded.reload();
  };
  return (
    <section class="card" aria-labelledby="grants-title">
      <header>
        <h2 id="grants-title">Grants</h2>
        <Button icon="plus" kind="primary" onClick={() => (isOpen.value = true)}>
          Grant access
        </Button>
      </header>
      <p class="muted">
        What Graphferry did not import is open to all of the tenant; what it imported, to importers and administrators
        until it is granted further.
      </p>
      <Ready loaded={loaded}>{({ grants }) => <GrantTable grants={grants} onRevoke={(id) => void revoke(id)} />}</Ready>
      <Curl calls={listGrants()} />
      {isOpen.value && (
        <NewGrantDialog
          onClose={() => {
            isOpen.value = false;
          }}
          onDone={loaded.reload}
        />
      )}
    </section>
  );
}
