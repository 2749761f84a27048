/** What becomes of each application of an archive. */

import type { Conflict, ConflictAction, Inspection } from "../api/wire.ts";
import { formatNumber } from "../lib/format.ts";
import { type Choice, changeChoice, type Item } from "../state/imports.ts";
import { may } from "../state/session.ts";
import { Badge } from "./badge.tsx";
import { conflictOptions } from "./conflict_choice.tsx";
import { CheckField } from "./fields.tsx";

export function Choices({ item, inspection }: { item: Item; inspection: Inspection }) {
  return (
    <table class="data stack choices">
      <thead>
        <tr>
          <th scope="col">
            <span class="unseen">Import it</span>
          </th>
          <th scope="col">Application</th>
          <th scope="col" class="number">
            Nodes
          </th>
          <th scope="col" class="number">
            Relationships
          </th>
          <th scope="col">In {inspection.database}</th>
          <th scope="col">If it is there already</th>
          <th scope="col">Import as</th>
        </tr>
      </thead>
      <tbody>
        {item.choices.map((choice, index) => (
          <Row
            key={`${choice.name} ${choice.version}`}
            choice={choice}
            inspection={inspection}
            onChange={(part) => changeChoice(item.id, index, part)}
          />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  choice: Choice;
  inspection: Inspection;
  onChange: (part: Partial<Choice>) => void;
}

function Row({ choice, inspection, onChange }: RowProps) {
  const { name, version, isWanted } = choice;
  const is = (each: { name: string; version: string }) => each.name === name && each.version === version;
  const content = inspection.applications.find(is);
  const conflict = inspection.conflicts.find(is);
  const title = `${name} ${version}`;
  return (
    <tr class={isWanted ? "" : "unwanted"}>
      <td>
        <CheckField
          isChecked={isWanted}
          label={`Import ${title}`}
          onChange={(isChecked) => onChange({ isWanted: isChecked })}
        />
      </td>
      <th scope="row" data-label="Application">
        {name} <span class="fine">{version}</span>
      </th>
      <td data-label="Nodes" class="number">
        {formatNumber(content?.nodes ?? 0)}
      </td>
      <td data-label="Relationships" class="number">
        {formatNumber(content?.relationships ?? 0)}
      </td>
      <td data-label={`In ${inspection.database}`}>
        <Presence conflict={conflict} />
      </td>
      <td data-label="If it is there already">
        <ActionChoice choice={choice} title={title} onChange={onChange} />
      </td>
      <td data-label="Import as">
        <input
          aria-label={`Name of ${title} in the database`}
          value={choice.importAs}
          disabled={!isWanted}
          onInput={(event) => onChange({ importAs: event.currentTarget.value })}
        />
      </td>
    </tr>
  );
}

function Presence({ conflict }: { conflict: Conflict | undefined }) {
  if (!conflict?.exists) return <Badge tone="good">New</Badge>;
  return <Badge tone="warn">{`There: ${conflict.present_versions.join(", ")}`}</Badge>;
}

function ActionChoice({ choice, title, onChange }: Omit<RowProps, "inspection"> & { title: string }) {
  return (
    <>
      <select
        aria-label={`If ${title} is there already`}
        disabled={!choice.isWanted}
        value={choice.action}
        onChange={(event) => onChange({ action: event.currentTarget.value as ConflictAction })}
      >
        {conflictOptions(may.value.may_administer).map((option) => (
          <option key={option.value} value={option.value} selected={option.value === choice.action}>
            {option.text}
          </option>
        ))}
      </select>
      {choice.action === "rename" && (
        <input
          aria-label={`Suffix for ${title}`}
          value={choice.suffix}
          onInput={(event) => onChange({ suffix: event.currentTarget.value })}
        />
      )}
    </>
  );
}
