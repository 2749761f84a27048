/** Who is signed in, for which tenant and database. */

import { computed, effect, signal } from "@preact/signals";
import { getMe } from "../api/calls.ts";
import { ApiError, send } from "../api/client.ts";
import { credential, readTenantFrom } from "../api/credential.ts";
import type { Me, Permissions } from "../api/wire.ts";
import { address } from "./address.ts";

export const me = signal<Me | null>(null);
export const meError = signal<ApiError | null>(null);

/** The tenant that the address names. */
export const chosenTenant = computed(() => address.value.query["tenant"] ?? null);

readTenantFrom(() => chosenTenant.peek());

export const tenant = computed(() => me.value?.tenant ?? null);

/** The database that the address names, else the tenant's preferred one. */
export const database = computed(() => {
  const all = me.value?.databases ?? [];
  const named = address.value.query["database"];
  return named !== undefined && all.includes(named) ? named : (all[0] ?? null);
});

const NOTHING: Permissions = {
  may_import: false,
  may_administer: false,
  sees_all_jobs: false,
  may_use_catalogue: false,
  is_super_admin: false,
};

export const may = computed<Permissions>(() => me.value?.permissions ?? NOTHING);

let asked = 0;

export async function loadMe(): Promise<void> {
  const number = ++asked;
  try {
    const found = await send(getMe());
    if (number === asked) {
      me.value = found;
      meError.value = null;
    }
  } catch (error) {
    if (number === asked && error instanceof ApiError) {
      meError.value = error;
      me.value = null;
    }
  }
}

effect(() => {
  const shown = credential.value;
  void chosenTenant.value;
  if (shown === null) {
    asked++;
    me.value = null;
    meError.value = null;
  } else {
    void loadMe();
  }
});
