/** Downloads an archive. */

import { downloadArchive } from "../api/calls.ts";
import { tenantHeader } from "../api/credential.ts";
import { curlOf } from "../api/curl.ts";
import { useActing } from "../lib/acting.ts";
import { saveArchive } from "../lib/saving.ts";
import { tell } from "../state/notices.ts";
import { Button } from "./button.tsx";

interface DownloadProps {
  name: string;
  kind?: "primary" | "plain" | "quiet";
  isBare?: boolean;
}

export function DownloadButton({ name, kind = "plain", isBare }: DownloadProps) {
  const acting = useActing();
  const download = () =>
    acting.run(async () => {
      try {
        await saveArchive(name);
      } catch (error) {
        tell(error instanceof Error ? error.message : String(error), "bad");
      }
    });
  const label = `Download ${name}`;
  return (
    <Button
      icon="download"
      kind={kind}
      busy={acting.busy.value}
      onClick={() => void download()}
      {...(isBare ? { label } : {})}
    >
      {isBare ? undefined : "Download"}
    </Button>
  );
}

/** The command that downloads and, called again, goes on where it stopped. */
export function downloadCommand(name: string): string {
  return curlOf(downloadArchive(name), tenantHeader()).replace("curl", "curl -O -C -");
}
