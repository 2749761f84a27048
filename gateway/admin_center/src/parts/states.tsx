/** What stands where something is not there: not yet, not at all, or not for a reason. */

import type { ComponentChildren } from "preact";
import type { ApiError } from "../api/client.ts";
import type { Loaded } from "../lib/loading.ts";
import { Button } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";

export function Loading({ what = "Loading" }: { what?: string }) {
  return (
    <p class="loading" role="status">
      <span class="spinner" /> {what} …
    </p>
  );
}

export function ErrorBox({ error, onRetry }: { error: ApiError | null; onRetry?: () => void }) {
  if (error === null) return null;
  return (
    <div class="error box" role="alert">
      <Icon name="warning" />
      <div>
        <p>{error.message}</p>
        {error.details.length > 1 && (
          <ul>
            {error.details.map((detail) => (
              <li key={detail}>{detail}</li>
            ))}
          </ul>
        )}
        <p class="fine">
          {error.code}
          {error.requestId && ` · request ${error.requestId}`}
        </p>
      </div>
      {onRetry && (
        <Button icon="retry" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

interface EmptyProps {
  icon: IconName;
  title: string;
  /** Where it stands for the whole page, which has no other heading. */
  isPage?: boolean;
  children?: ComponentChildren;
}

export function Empty({ icon, title, isPage, children }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} />
      {isPage ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children}
    </div>
  );
}

/** Show what was loaded; until then, and where it failed, say so. */
export function Ready<Answer>({
  loaded,
  children,
}: {
  loaded: Loaded<Answer>;
  children: (value: Answer) => ComponentChildren;
}) {
  if (loaded.error) return <ErrorBox error={loaded.error} onRetry={loaded.reload} />;
  if (loaded.value === null) return <Loading />;
  return <>{children(loaded.value)}</>;
}
