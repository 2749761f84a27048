/** A long list of which only the rows in sight exist. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

/** Rows above and below what is in sight, so that quick scrolling meets no gaps. */
const SPARE_ROWS = 12;

interface VirtualListProps<Item> {
  items: Item[];
  label: string;
  rowHeight: number;
  keyOf: (item: Item) => string;
  render: (item: Item) => ComponentChildren;
  /** Called when the end comes near. */
  onNearEnd?: () => void;
  /** Keep the end in sight as the list grows, while the reader is there. */
  sticksToEnd?: boolean;
  /** Called with the rows that are there, whenever they are others. */
  onShown?: (items: Item[]) => void;
  /** Rows of a table whose head stands elsewhere. */
  isTable?: boolean;
}

export function VirtualList<Item>(props: VirtualListProps<Item>) {
  const { items, label, rowHeight, keyOf, render, onNearEnd, sticksToEnd, onShown, isTable } = props;
  const place = useRef<HTMLDivElement>(null);
  const first = useSignal(0);
  const shown = useSignal(40);
  const isAtEnd = useRef(true);
  const look = () => {
    const box = place.current;
    if (box === null) return;
    first.value = Math.max(0, Math.floor(box.scrollTop / rowHeight) - SPARE_ROWS);
    shown.value = Math.ceil(box.clientHeight / rowHeight) + 2 * SPARE_ROWS;
    isAtEnd.current = box.scrollTop + box.clientHeight >= box.scrollHeight - rowHeight;
    if (box.scrollTop + 3 * box.clientHeight >= box.scrollHeight) onNearEnd?.();
  };
  useLayoutEffect(() => {
    const box = place.current;
    if (box !== null && sticksToEnd && isAtEnd.current) box.scrollTop = box.scrollHeight;
    look();
  }, [items.length, rowHeight]);
  const last = Math.min(items.length, first.value + shown.value);
  useEffect(() => onShown?.(items.slice(first.value, last)), [items, first.value, last]);
  return (
    <div
      class="virtual"
      ref={place}
      onScroll={look}
      {...{ role: isTable ? "rowgroup" : "list", "aria-label": label }}
      tabindex={0}
      style={{ "--whole": `${items.length * rowHeight + 2}px` }}
    >
      <div class="virtual-rows" style={{ height: `${items.length * rowHeight}px` }} role="presentation">
        {items.slice(first.value, last).map((item, index) => {
          const position = first.value + index;
          return (
            <div
              key={keyOf(item)}
              class="virtual-row"
              {...(isTable
                ? { role: "row", "aria-rowindex": position + 2 }
                : { role: "listitem", "aria-posinset": position + 1, "aria-setsize": items.length })}
              style={{ transform: `translateY(${position * rowHeight}px)`, height: `${rowHeight}px` }}
            >
              {render(item)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
