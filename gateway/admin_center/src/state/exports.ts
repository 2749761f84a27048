/** The exports begun here, newest first. */

import { signal } from "@preact/signals";

export const exported = signal<string[]>([]);
