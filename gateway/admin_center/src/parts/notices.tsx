/** Shows short messages, and has them read out. */

import { dismiss, notices } from "../state/notices.ts";
import { Button } from "./button.tsx";

export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map((each) => (
        <p key={each.id} class={each.kind}>
          <span>{each.text}</span>
          <Button kind="quiet" icon="close" label="Dismiss" onClick={() => dismiss(each.id)} />
        </p>
      ))}
    </div>
  );
}
