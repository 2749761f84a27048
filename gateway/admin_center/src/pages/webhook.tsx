/** Who is told when the tenant's jobs have ended, and what became of telling it. */

import { useSignal } from "@preact/signals";
import type { Call } from "../api/call.ts";
import { getWebhook, listDeliveries, redeliver, removeWebhook, setWebhook, testWebhook } from "../api/calls.ts";
import { send } from "../api/client.ts";
import type { Delivery, Webhook as Setting } from "../api/wire.ts";
import { useLoad } from "../lib/loading.ts";
import { ActionDialog } from "../parts/action_dialog.tsx";
import { Button } from "../parts/button.tsx";
import { CopyButton } from "../parts/copy.tsx";
import { Curl } from "../parts/curl.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { TextField } from "../parts/fields.tsx";
import { Moment } from "../parts/moment.tsx";
import { Ready } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { tell } from "../state/notices.ts";

const COLUMNS: Column<Delivery>[] = [
  { name: "Written", show: ({ created }) => <Moment time={created} /> },
  { name: "Job", show: ({ job_id }) => job_id },
  { name: "State", show: ({ state, outcome }) => `${outcome}, ${state === "given_up" ? "given up" : state}` },
  { name: "Answer", show: ({ code, error }) => error ?? code ?? "–" },
  { name: "Tries", show: ({ attempts }) => attempts, isNumber: true },
  { name: "Next try", show: ({ next_try }) => <Moment time={next_try} /> },
];

export function Webhook() {
  const loaded = useLoad(getWebhook());
  const deliveries = useLoad(listDeliveries());
  const open = useSignal<"set" | "remove" | null>(null);
  const secret = useSignal<string | null>(null);
  const close = () => {
    open.value = null;
  };
  const run = async <Answer,>(call: Call<Answer>, say: (answer: Answer) => [string, "good" | "bad"]) => {
    try {
      tell(...say(await send(call)));
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error), "bad");
    }
    deliveries.reload();
  };
  const isAbsent = loaded.error?.status === 404;
  return (
    <>
      <section class="card" aria-labelledby="webhook-title">
        <header>
          <h2 id="webhook-title">Webhook</h2>
          <Button kind="primary" onClick={() => (open.value = "set")}>
            Set
          </Button>
        </header>
        {isAbsent ? (
          <p class="muted">None: set an address that is told when jobs of the tenant have ended.</p>
        ) : (
          <Ready loaded={loaded}>{(webhook) => <State webhook={webhook} />}</Ready>
        )}
        {loaded.value && (
          <div class="actions">
            <Button onClick={() => void run(testWebhook(), sayTested)}>Send a test</Button>
            <Button icon="trash" kind="quiet" onClick={() => (open.value = "remove")}>
              Remove
            </Button>
          </div>
        )}
        <Curl calls={getWebhook()} />
      </section>
      <section class="card" aria-labelledby="deliveries-title">
        <h2 id="deliveries-title">Deliveries</h2>
        <Ready loaded={deliveries}>
          {(page) => (
            <Table
              columns={COLUMNS}
              rows={page.deliveries}
              keyOf={({ id }) => id}
              actions={({ id }) => (
                <Button onClick={() => void run(redeliver(id), () => ["It is sent again soon.", "good"])}>
                  Send again
                </Button>
              )}
            />
          )}
        </Ready>
        <Curl calls={listDeliveries()} />
      </section>
      {open.value === "set" && (
        <SetDialog
          known={loaded.value}
          onClose={close}
          onDone={(made) => {
            close();
            secret.value = made.secret ?? null;
            loaded.reload();
          }}
        />
      )}
      {open.value === "remove" && (
        <ActionDialog
          title="Remove the webhook?"
          submit="Remove"
          call={removeWebhook()}
          onDone={() => {
            close();
            loaded.reload();
          }}
          onClose={close}
          isDangerous
        >
          <p>What is still to be told is given up.</p>
        </ActionDialog>
      )}
      {secret.value !== null && <SecretShown secret={secret.value} onClose={() => (secret.value = null)} />}
    </>
  );
}

function sayTested(answer: {
  delivered: boolean;
  code: number | null;
  error: string | null;
}): [string, "good" | "bad"] {
  return answer.delivered ? [`The receiver answered ${answer.code}.`, "good"] : [answer.error ?? "Not taken.", "bad"];
}

function State({ webhook }: { webhook: Setting }) {
  return (
    <Facts>
      <Fact name="Address">{webhook.url}</Fact>
      <Fact name="Outcomes">{webhook.outcomes?.join(", ") ?? "all"}</Fact>
      <Fact name="Kinds of jobs">{webhook.kinds?.join(", ") ?? "all"}</Fact>
      <Fact name="State">
        {webhook.enabled ? "on" : `off${webhook.disabled_because ? `: ${webhook.disabled_because}` : ""}`}
      </Fact>
      <Fact name="Changed">
        <Moment time={webhook.changed} />
      </Fact>
    </Facts>
  );
}

interface SetProps {
  known: Setting | null;
  onClose: () => void;
  onDone: (made: Setting) => void;
}

function SetDialog({ known, onClose, onDone }: SetProps) {
  const url = useSignal(known?.url ?? "");
  const call = setWebhook({
    url: url.value.trim(),
    ...(known?.outcomes ? { outcomes: [...known.outcomes] } : {}),
    ...(known?.kinds ? { kinds: [...known.kinds] } : {}),
  });
  return (
    <ActionDialog
      title="Set the webhook"
      submit="Set"
      call={call}
      isReady={url.value.trim() !== ""}
      onDone={onDone}
      onClose={onClose}
    >
      <TextField label="Address" value={url} isRequired hint="https://…; outcomes and kinds stay as they are." />
    </ActionDialog>
  );
}

function SecretShown({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Dialog title="Secret of the webhook" onClose={onClose}>
      <div class="stacked">
        <p>Copy it now: it is shown this once. The receiver verifies signatures with it.</p>
        <div class="command">
          <pre tabindex={0}>
            <code data-secret>{secret}</code>
          </pre>
          <CopyButton text={secret} what="the secret" />
        </div>
        <div class="actions">
          <Button kind="primary" onClick={onClose}>
            I have it
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
