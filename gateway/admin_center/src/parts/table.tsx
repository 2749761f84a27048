/** A table: each column has its name once, in the head or, on a narrow screen, before each of its cells. */

import type { ComponentChildren } from "preact";
import { formatNumber } from "../lib/format.ts";

export interface Column<Row> {
  name: string;
  show: (row: Row) => ComponentChildren;
  isNumber?: boolean;
}

interface TableProps<Row> {
  /** The first names the row. */
  columns: Column<Row>[];
  rows: Row[];
  keyOf: (row: Row) => string;
  /** What can be done with a row, after its last column. */
  actions?: (row: Row) => ComponentChildren;
  /** Fits a narrow screen as it is. */
  isSlim?: boolean;
}

export function Table<Row>({ columns, rows, keyOf, actions, isSlim }: TableProps<Row>) {
  return (
    <table class={isSlim ? "data" : "data stack"}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col" class={classOf(column)}>
              {column.name}
            </th>
          ))}
          {actions && (
            <th scope="col">
              <span class="unseen">Actions</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column, index) => (
              <Cell key={column.name} column={column} row={row} isHead={index === 0} />
            ))}
            {actions && <td class="row-actions">{actions(row)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell<Row>({ column, row, isHead }: { column: Column<Row>; row: Row; isHead: boolean }) {
  if (isHead) return <th scope="row">{column.show(row)}</th>;
  return (
    <td data-label={column.name} class={classOf(column)}>
      {column.show(row)}
    </td>
  );
}

function classOf<Row>(column: Column<Row>): string | undefined {
  return column.isNumber ? "number" : undefined;
}

/** A column of counts; null is one that nobody knows. */
export function counts<Row>(name: string, count: (row: Row) => number | null | undefined): Column<Row> {
  const show = (row: Row) => {
    const found = count(row);
    return found === null || found === undefined ? "–" : formatNumber(found);
  };
  return { name, show, isNumber: true };
}
