/** An action that is asked about before it is done: what it needs, its equal command, its error. */

import type { ComponentChildren } from "preact";
import type { Call } from "../api/call.ts";
import { send } from "../api/client.ts";
import { useActing } from "../lib/acting.ts";
import { Button } from "./button.tsx";
import { Curl } from "./curl.tsx";
import { Dialog } from "./dialog.tsx";
import { ErrorBox } from "./states.tsx";

interface ActionDialogProps<Answer> {
  title: string;
  submit: string;
  call: Call<Answer>;
  onDone: (answer: Answer) => void;
  onClose: () => void;
  children?: ComponentChildren;
  isDangerous?: boolean;
  isReady?: boolean;
}

export function ActionDialog<Answer>(props: ActionDialogProps<Answer>) {
  const { title, submit, call, onDone, onClose, children, isDangerous, isReady = true } = props;
  const acting = useActing();
  const act = (event: Event) => {
    event.preventDefault();
    void acting.run(async () => onDone(await send(call)));
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={act} class="stacked">
        {children}
        <ErrorBox error={acting.error.value} />
        <Curl calls={call} />
        <div class="actions">
          <Button onClick={onClose}>Back</Button>
          <Button type="submit" kind={isDangerous ? "danger" : "primary"} busy={acting.busy.value} disabled={!isReady}>
            {submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
