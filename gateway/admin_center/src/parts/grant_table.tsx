/** Who was granted what. */

import type { Grant } from "../api/wire.ts";
import { Button } from "./button.tsx";
import { Moment } from "./moment.tsx";
import { type Column, Table } from "./table.tsx";

interface GrantTableProps {
  grants: Grant[];
  onRevoke: (id: string) => void;
  /** Without database and application, where all rows have the same. */
  isShort?: boolean;
}

const USER: Column<Grant> = { name: "User", show: ({ user }) => (user === "*" ? "All users" : user) };
const WHAT: Column<Grant>[] = [
  { name: "Application", show: ({ application }) => application },
  { name: "Database", show: ({ database }) => database },
];
const HOW: Column<Grant>[] = [
  { name: "Granted by", show: ({ granted_by }) => granted_by },
  { name: "When", show: ({ created }) => <Moment time={created} /> },
];

export function GrantTable({ grants, onRevoke, isShort }: GrantTableProps) {
  if (grants.length === 0) return <p class="muted">Nothing is granted.</p>;
  return (
    <Table
      columns={[USER, ...(isShort ? [] : WHAT), ...HOW]}
      rows={grants}
      keyOf={({ id }) => id}
      actions={({ id, user }) => (
        <Button icon="trash" kind="quiet" label={`Revoke from ${user}`} onClick={() => onRevoke(id)} />
      )}
    />
  );
}
