/** The stream of the tenant's jobs, one for all tabs of a browser that show the same credential for the same tenant.
 *
 * One tab holds a lock, reads, and tells the others; when it is closed, the lock goes to another, which reads on after the
 * last event that it heard. A browser without locks, as where the page did not come over TLS, reads in every tab.
 */

import { API } from "./call.ts";
import { followJobs } from "./calls.ts";
import { type Event, follow, pause } from "./events.ts";

/** `open`: a stream begins, and what happened before it does not tell; `gap`: none can be had for now. */
export type News = { kind: "open" | "gap" | "beat" } | { kind: "event"; event: Event };

const PAUSE_MILLISECONDS = 1000;
const LOOK_MILLISECONDS = 10_000;
/** Longer than a leader bears a silent stream itself: one of whom nothing is heard for so long stands still. */
const PATIENCE_MILLISECONDS = 45_000;

/** Hear the stream until the signal ends it. */
export async function hearStream(identity: string, hear: (news: News) => void, signal: AbortSignal): Promise<void> {
  const name = await nameOf(identity);
  if (signal.aborted) return;
  if (name === null) await read("", hear, signal);
  else await new Member(name, hear, signal).stay();
}

/** The name tells nobody the credential; null: the browser cannot share. */
async function nameOf(identity: string): Promise<string | null> {
  if (navigator.locks === undefined || crypto.subtle === undefined) return null;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${API} ${identity}`));
  return `graphferry-events-${[...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

async function read(last: string, tell: (news: News) => void, signal: AbortSignal): Promise<void> {
  await follow({
    call: followJobs(),
    last,
    onEvent: (event) => tell({ kind: "event", event }),
    onOpen: async () => tell({ kind: "open" }),
    onGap: async () => tell({ kind: "gap" }),
    onBeat: () => tell({ kind: "beat" }),
    signal,
  });
}

class Member {
  private readonly channel: BroadcastChannel;
  private last = "";
  private heard = Date.now();

  constructor(
    private readonly name: string,
    private readonly hear: (news: News) => void,
    private readonly signal: AbortSignal,
  ) {
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = ({ data }) => this.take(data as News);
  }

  async stay(): Promise<void> {
    try {
      if (!(await this.lead({ ifAvailable: true }))) this.hear({ kind: "open" }); // another reads already
      while (!this.signal.aborted) {
        if (await this.isForsaken()) await this.lead({ steal: true });
        this.heard = Date.now();
        await pause(PAUSE_MILLISECONDS, this.signal);
      }
    } finally {
      this.channel.close();
    }
  }

  private take(news: News): void {
    this.heard = Date.now();
    if (news.kind === "event") this.last = news.event.id || this.last;
    if (news.kind !== "beat") this.hear(news);
  }

  /** Read for all while the lock is this tab's; return whether it was. */
  private async lead(options: LockOptions): Promise<boolean> {
    const turn = new AbortController(); // ends where another tab takes the lock away
    const tell = (news: News) => {
      if (turn.signal.aborted) return;
      this.channel.postMessage(news);
      this.take(news);
    };
    try {
      return await navigator.locks.request(this.name, options, async (lock) => {
        if (lock !== null) await read(this.last, tell, AbortSignal.any([this.signal, turn.signal]));
        return lock !== null;
      });
    } catch {
      return false;
    } finally {
      turn.abort();
    }
  }

  /** Wait for a turn to lead, and lead; return whether the wait ended because of a leader who says nothing. */
  private async isForsaken(): Promise<boolean> {
    const patience = new AbortController();
    const timer = setInterval(() => {
      if (Date.now() - this.heard > PATIENCE_MILLISECONDS) patience.abort();
    }, LOOK_MILLISECONDS);
    const hasLed = await this.lead({ signal: AbortSignal.any([this.signal, patience.signal]) });
    clearInterval(timer);
    return !hasLed && patience.signal.aborted && !this.signal.aborted;
  }
}
