/** What stands above every page: where one is, for whom, in which light. */

import { forget } from "../api/credential.ts";
import { address, ask, hrefTo } from "../state/address.ts";
import { database, me, tenant } from "../state/session.ts";
import { type Theme, theme } from "../state/theme.ts";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

export function Brand() {
  return (
    <span class="brand">
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
        <rect width="32" height="32" rx="8" />
        <path d="M6 18h20l-3 6H9zM16 18V8l7 7h-7M5 27c2 0 2-1 4-1s2 1 4 1 2-1 4-1 2 1 4 1 2-1 4-1" />
      </svg>
      Graphferry
    </span>
  );
}

export function TopBar({ isMenuOpen, onMenu }: { isMenuOpen: boolean; onMenu: () => void }) {
  return (
    <header class="top">
      <span class="menu-button">
        <Button kind="quiet" icon="menu" label="Sections" onClick={onMenu} expanded={isMenuOpen} />
      </span>
      <a class="home" href={hrefTo([])}>
        <Brand />
      </a>
      <div class="places">
        <TenantChoice />
        <DatabaseChoice />
      </div>
      <div class="self">
        <ThemeSwitch />
        <a class="who" href={hrefTo(["profile"])} title="Profile and own keys">
          <Icon name="profile" />
          <span>{me.value?.user}</span>
        </a>
        <Button kind="quiet" icon="out" label="Sign out" onClick={() => forget()} />
      </div>
    </header>
  );
}

function TenantChoice() {
  const all = me.value?.tenants ?? [];
  const chosen = tenant.value;
  if (all.length < 2 && !me.value?.permissions.is_super_admin) return <span class="place-name">{chosen}</span>;
  return (
    <select
      aria-label="Tenant"
      value={chosen ?? ""}
      onChange={(event) => ask({ tenant: event.currentTarget.value, database: "" })}
    >
      {chosen === null && <option value="">Choose a tenant</option>}
      {[...new Set([...all, ...(chosen === null ? [] : [chosen])])].map((name) => (
        <option key={name} value={name} selected={name === chosen}>
          {name}
        </option>
      ))}
    </select>
  );
}

function DatabaseChoice() {
  const all = me.value?.databases ?? [];
  void address.value;
  if (all.length === 0) return null;
  return (
    <select
      aria-label="Database"
      value={database.value ?? ""}
      onChange={(event) => ask({ database: event.currentTarget.value })}
    >
      {all.map((name) => (
        <option key={name} value={name} selected={name === database.value}>
          {name}
        </option>
      ))}
    </select>
  );
}

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const WORDS: Record<Theme, string> = { system: "as the system", light: "light", dark: "dark" };

export function ThemeSwitch() {
  const current = theme.value;
  const icon = current === "light" ? "sun" : current === "dark" ? "moon" : "screen";
  return (
    <Button
      kind="quiet"
      icon={icon}
      label={`Appearance: ${WORDS[current]}`}
      onClick={() => {
        theme.value = NEXT[current];
      }}
    />
  );
}
