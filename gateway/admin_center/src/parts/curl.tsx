/** The equal command line of an action, folded away until it is wanted. */

import type { Call } from "../api/call.ts";
import { tenantHeader } from "../api/credential.ts";
import { curlOf } from "../api/curl.ts";
import { CopyButton } from "./copy.tsx";
import { Icon } from "./icon.tsx";

export function Curl({ calls, label = "As a command" }: { calls: Call | Call[]; label?: string }) {
  const text = [calls]
    .flat()
    .map((call) => curlOf(call, tenantHeader()))
    .join("\n\n");
  return <Command text={text} label={label} />;
}

export function Command({ text, label }: { text: string; label: string }) {
  return (
    <details class="curl">
      <summary>
        <Icon name="terminal" />
        <span>{label}</span>
      </summary>
      <div class="command">
        <pre tabindex={0}>
          <code>{text}</code>
        </pre>
        <CopyButton text={text} what="the command" />
      </div>
    </details>
  );
}
