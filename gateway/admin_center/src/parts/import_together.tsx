/** What can be done with all archives on the list at once, and how far that is. */

import { useSignal } from "@preact/signals";
import { plural } from "../lib/format.ts";
import { type Item, isReady, isSending, mean, needsDecision, ownItems } from "../state/imports.ts";
import { Button } from "./button.tsx";
import { CheckField } from "./fields.tsx";

export function ImportTogether() {
  const isChained = useSignal(false);
  const all = ownItems.value;
  const open = all.filter((each) => each.meant === null && (isReady(each) || isSending(each) || isChecked(each)));
  const meant = all.filter((each) => each.meant !== null);
  if (open.length < 2 && meant.length === 0) return null;
  return (
    <div class="card together">
      <Progress meant={meant} />
      {open.length > 1 && (
        <>
          <CheckField
            isChecked={isChained.value}
            onChange={(isChecked) => {
              isChained.value = isChecked;
            }}
          >
            Each only after the one before has succeeded
          </CheckField>
          <Button
            kind="primary"
            icon="import"
            onClick={() =>
              mean(
                open.map(({ id }) => id),
                isChained.value,
              )
            }
          >
            Import {plural(open.length, "archive")}
          </Button>
        </>
      )}
    </div>
  );
}

function isChecked({ stage }: Item): boolean {
  return stage === "checking";
}

/** They are submitted in the order of the list, each once it is checked. */
function Progress({ meant }: { meant: Item[] }) {
  const submitted = meant.filter(({ stage }) => stage === "submitted").length;
  const stuck = meant.filter((each) => each.stage === "refused" || (each.stage === "ready" && isStuck(each))).length;
  return (
    <p role="status" class="batch">
      {meant.length > 0 && `${submitted} of ${meant.length} submitted`}
      {stuck > 0 && `, ${stuck} ${stuck === 1 ? "needs" : "need"} a decision`}
    </p>
  );
}

function isStuck(item: Item): boolean {
  return needsDecision(item) || !isReady(item);
}
