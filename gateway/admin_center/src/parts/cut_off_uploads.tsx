/** Uploads that were cut off, as by a reload: they go on with the same file, which the browser does not keep. */

import { useEffect } from "preact/hooks";
import { useActing } from "../lib/acting.ts";
import { formatBytes } from "../lib/format.ts";
import { cutOff, drop, look } from "../state/cut_off.ts";
import { tenant } from "../state/session.ts";
import { Button } from "./button.tsx";
import { ErrorBox } from "./states.tsx";

export function CutOffUploads() {
  const acting = useActing();
  useEffect(() => {
    const stop = new AbortController();
    void look(stop.signal).catch(() => undefined);
    return () => stop.abort();
  }, [tenant.value]);
  if (cutOff.value.length === 0) return null;
  return (
    <section class="card" aria-labelledby="cut-off-title">
      <h2 id="cut-off-title">Uploads that were cut off</h2>
      <p>
        The browser does not keep your files. Choose or drop the same ones again: each goes on where it stopped, as long
        as it was not changed.
      </p>
      <ErrorBox error={acting.error.value} />
      <ul class="plain cut-off">
        {cutOff.value.map((each) => (
          <li key={`${each.name} ${each.size} ${each.modified}`}>
            <span class="breaks">{each.name}</span>
            <span class="fine">
              {formatBytes(each.sent)} of {formatBytes(each.size)} arrived
            </span>
            <Button
              icon="trash"
              label={`Give up the upload of ${each.name}`}
              onClick={() => void acting.run(() => drop(each))}
            >
              Give up
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
