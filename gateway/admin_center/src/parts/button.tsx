/** Buttons, and links that look like them. */

import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

interface Look {
  children?: ComponentChildren;
  icon?: IconName;
  kind?: "primary" | "plain" | "danger" | "quiet";
  /** For a button that shows an icon alone. */
  label?: string;
}

interface ButtonProps extends Look {
  onClick?: (event: MouseEvent) => void;
  type?: "button" | "submit";
  busy?: boolean;
  disabled?: boolean;
  expanded?: boolean;
}

export function Button({
  children,
  icon,
  kind = "plain",
  label,
  onClick,
  type = "button",
  busy,
  disabled,
  expanded,
}: ButtonProps) {
  return (
    <button
      type={type}
      class={classOf(kind, children)}
      onClick={onClick}
      disabled={disabled || busy}
      aria-busy={busy ? "true" : undefined}
      aria-label={label}
      title={label}
      aria-expanded={expanded}
    >
      {busy ? <span class="spinner" /> : icon && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  );
}

export function LinkButton({ children, icon, kind = "plain", label, href }: Look & { href: string }) {
  return (
    <a class={classOf(kind, children)} href={href} aria-label={label} title={label}>
      {icon && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </a>
  );
}

function classOf(kind: string, children: ComponentChildren): string {
  return `button ${kind}${children === undefined ? " bare" : ""}`;
}
