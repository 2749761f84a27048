/** A table of any length: found by parts of names, sorted by its heads, and of its rows only those in sight exist. */

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { useNarrow } from "../lib/narrow.ts";
import { TextField } from "./fields.tsx";
import type { Column } from "./table.tsx";
import { VirtualList } from "./virtual_list.tsx";

export interface LongColumn<Row> extends Column<Row> {
  /** What rows are sorted by; a column without it sorts none. */
  by?: (row: Row) => string | number;
  /** Its share of the width, as a track of a grid. */
  width?: string;
}

export interface Order {
  column: string;
  isDown: boolean;
}

interface LongTableProps<Row> {
  label: string;
  /** The first names the row. */
  columns: LongColumn<Row>[];
  rows: Row[];
  keyOf: (row: Row) => string;
  /** What is looked for in. */
  namesOf: (row: Row) => (string | null)[];
  wanted: Signal<string>;
  order: Order;
  /** Says what is shown, beside the field that finds. */
  told: (shown: Row[]) => ComponentChildren;
  filters?: ComponentChildren;
  actions?: (row: Row) => ComponentChildren;
  onShown?: (rows: Row[]) => void;
}

const ROW_HEIGHT = 48;
const NARROW_ROW_HEIGHT = 84;
const ACTIONS_WIDTH = "156px";

export function LongTable<Row>(props: LongTableProps<Row>) {
  const { label, columns, rows, keyOf, namesOf, wanted, told, filters, actions, onShown } = props;
  const order = useSignal(props.order);
  const { value: sorting } = order;
  const needle = wanted.value.trim().toLowerCase();
  const found = useMemo(() => find(rows, namesOf, needle), [rows, needle]);
  const shown = useMemo(() => sort(found, columns, sorting), [found, sorting]);
  const height = useNarrow() ? NARROW_ROW_HEIGHT : ROW_HEIGHT;
  const tracks = [...columns.map(({ width }) => width ?? "minmax(0, 1fr)"), ...(actions ? [ACTIONS_WIDTH] : [])];
  return (
    <>
      <div class="filters">
        <TextField label="Find" type="search" value={wanted} placeholder="Part of a name" />
        {filters}
        <p class="fine" role="status">
          {told(shown)}
        </p>
      </div>
      {shown.length > 0 && (
        <div class="card list">
          <div
            class="long"
            role="table"
            aria-label={label}
            aria-rowcount={shown.length + 1}
            style={{ "--columns": tracks.join(" ") }}
          >
            <Head columns={columns} order={order} hasActions={actions !== undefined} />
            <VirtualList
              isTable
              items={shown}
              label={label}
              rowHeight={height}
              keyOf={keyOf}
              {...(onShown ? { onShown } : {})}
              render={(row) => <Cells row={row} columns={columns} actions={actions} />}
            />
          </div>
        </div>
      )}
    </>
  );
}

function find<Row>(rows: Row[], namesOf: (row: Row) => (string | null)[], needle: string): Row[] {
  if (needle === "") return rows;
  return rows.filter((row) => namesOf(row).some((name) => name?.toLowerCase().includes(needle)));
}

function sort<Row>(rows: Row[], columns: LongColumn<Row>[], { column, isDown }: Order): Row[] {
  const by = columns.find(({ name }) => name === column)?.by;
  if (by === undefined) return rows;
  const sign = isDown ? -1 : 1;
  return rows.toSorted((one, other) => sign * compare(by(one), by(other)));
}

const WORDS = new Intl.Collator("en", { numeric: true });

function compare(one: string | number, other: string | number): number {
  return typeof one === "number" && typeof other === "number" ? one - other : WORDS.compare(`${one}`, `${other}`);
}

interface HeadProps<Row> {
  columns: LongColumn<Row>[];
  order: Signal<Order>;
  hasActions: boolean;
}

function Head<Row>({ columns, order, hasActions }: HeadProps<Row>) {
  const { column, isDown } = order.value;
  return (
    <div role="rowgroup">
      {/* biome-ignore lint/a11y/useFocusableInteractive: nothing is done with the row itself */}
      <div class="long-row head" role="row" aria-rowindex={1}>
        {columns.map(({ name, by, isNumber }) => (
          // biome-ignore lint/a11y/useFocusableInteractive: what sorts is a button inside
          <span
            key={name}
            role="columnheader"
            class={isNumber ? "number" : undefined}
            aria-sort={column !== name || by === undefined ? undefined : isDown ? "descending" : "ascending"}
          >
            {by === undefined ? (
              name
            ) : (
              <button
                type="button"
                class="sorter"
                onClick={() => {
                  order.value = { column: name, isDown: column === name ? !isDown : isNumber === true };
                }}
              >
                {name}
                <span aria-hidden="true">{column !== name ? "" : isDown ? " ↓" : " ↑"}</span>
              </button>
            )}
          </span>
        ))}
        {hasActions && (
          // biome-ignore lint/a11y/useFocusableInteractive: nothing is done with it
          <span role="columnheader">
            <span class="unseen">Actions</span>
          </span>
        )}
      </div>
    </div>
  );
}

interface CellsProps<Row> {
  row: Row;
  columns: LongColumn<Row>[];
  actions: ((row: Row) => ComponentChildren) | undefined;
}

function Cells<Row>({ row, columns, actions }: CellsProps<Row>) {
  return (
    <div class="long-row" role="presentation">
      {columns.map(({ name, show, isNumber }, index) => (
        <span
          key={name}
          role={index === 0 ? "rowheader" : "cell"}
          class={isNumber ? "number" : undefined}
          data-label={name}
        >
          {show(row)}
        </span>
      ))}
      {actions && (
        <span role="cell" class="row-actions">
          {actions(row)}
        </span>
      )}
    </div>
  );
}
