/** Who the reader is, with own keys. */

import { useSignal } from "@preact/signals";
import { getMe, listKeys } from "../api/calls.ts";
import { useLoad } from "../lib/loading.ts";
import { Badges } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { SelectField } from "../parts/fields.tsx";
import { NewKeyDialog } from "../parts/key_dialogs.tsx";
import { KeyTable } from "../parts/key_table.tsx";
import { PageHead } from "../parts/page_head.tsx";
import { Ready } from "../parts/states.tsx";
import { me } from "../state/session.ts";
import { type Theme, theme } from "../state/theme.ts";

export function Profile() {
  const self = me.value;
  return (
    <>
      <PageHead title="Profile" />
      <section class="card" aria-label="You">
        <Facts>
          <Fact name="User">{self?.user}</Fact>
          <Fact name="Tenant">{self?.tenant ?? "none"}</Fact>
          <Fact name="Roles">
            <Badges words={self?.roles ?? []} none="none" />
          </Fact>
          <Fact name="Databases">{self?.databases.join(", ") || "none"}</Fact>
        </Facts>
        <Appearance />
        <Curl calls={getMe()} />
      </section>
      <Keys />
    </>
  );
}

function Appearance() {
  return (
    <SelectField
      label="Appearance"
      value={theme.value}
      options={[
        { value: "system", text: "As the system" },
        { value: "light", text: "Light" },
        { value: "dark", text: "Dark" },
      ]}
      onChange={(value) => {
        theme.value = value as Theme;
      }}
    />
  );
}

function Keys() {
  const loaded = useLoad(listKeys());
  const isOpen = useSignal(false);
  return (
    <section class="card" aria-labelledby="keys-title">
      <header>
        <h2 id="keys-title">Own keys</h2>
        <Button icon="plus" kind="primary" onClick={() => (isOpen.value = true)}>
          New key
        </Button>
      </header>
      <Ready loaded={loaded}>{({ keys }) => <KeyTable keys={keys} onChange={loaded.reload} />}</Ready>
      <Curl calls={listKeys()} />
      {isOpen.value && (
        <NewKeyDialog
          onClose={() => {
            isOpen.value = false;
          }}
          onDone={loaded.reload}
        />
      )}
    </section>
  );
}
