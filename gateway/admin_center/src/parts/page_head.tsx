/** What every page begins with. */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

interface PageHeadProps {
  title: string;
  lead?: ComponentChildren;
  /** Leads back to the page above. */
  above?: { href: string; text: string };
  children?: ComponentChildren;
}

export function PageHead({ title, lead, above, children }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Graphferry`;
  }, [title]);
  return (
    <header class="page-head">
      <div>
        {above && (
          <a class="above" href={above.href}>
            ‹ {above.text}
          </a>
        )}
        <h1>{title}</h1>
        {lead && <p class="lead">{lead}</p>}
      </div>
      {children && <div class="actions">{children}</div>}
    </header>
  );
}
