/** Who was granted what. */

import type { Grant } from "../api/wire.ts";
import { Button } from "./button.tsx";
import { Moment } from "./moment.tsx";

interface GrantTableProps {
  grants: Grant[];
  onRevoke: (id: string) => void;
  /** Without database and application, where all rows have the same. */
  isShort?: boolean;
}

export function GrantTable({ grants, onRevoke, isShort }: GrantTableProps) {
  if (grants.length === 0) return <p class="muted">Nothing is granted.</p>;
  return (
    <table class="data stack">
      <thead>
        <tr>
          <th scope="col">User</th>
          {!isShort && <th scope="col">Application</th>}
          {!isShort && <th scope="col">Database</th>}
          <th scope="col">Granted by</th>
          <th scope="col">When</th>
          <th scope="col">
            <span class="unseen">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {grants.map((grant) => (
          <tr key={grant.id}>
            <td data-label="User">{grant.user === "*" ? "All users" : grant.user}</td>
            {!isShort && <td data-label="Application">{grant.application}</td>}
            {!isShort && <td data-label="Database">{grant.database}</td>}
            <td data-label="Granted by">{grant.granted_by}</td>
            <td data-label="When">
              <Moment time={grant.created} />
            </td>
            <td class="row-actions">
              <Button
                icon="trash"
                kind="quiet"
                label={`Revoke from ${grant.user}`}
                onClick={() => onRevoke(grant.id)}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
