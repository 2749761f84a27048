/** Work that holds a connection for long: a few at a time, in the order in which it came.
 *
 * A browser has six connections to a gateway, for all its tabs together: where it can, a lane is one for all of them.
 */

/** Work while no other tab holds this name; where the browser cannot tell, at once. */
export async function alone<Done>(name: string, work: () => Promise<Done>, signal: AbortSignal): Promise<Done> {
  signal.throwIfAborted();
  if (navigator.locks === undefined) return await work();
  return (await navigator.locks.request(name, { signal }, work)) as Done;
}

/** Return which of the names that begin so are held, in any tab. */
export async function listHeld(prefix: string): Promise<Set<string>> {
  const found = await navigator.locks?.query();
  return new Set((found?.held ?? []).flatMap(({ name }) => (name?.startsWith(prefix) ? [name] : [])));
}

export class Lanes {
  private readonly free: number[];
  private readonly waiting: ((lane: number) => void)[] = [];

  constructor(
    private readonly name: string,
    count: number,
  ) {
    this.free = Array.from({ length: count }, (_, lane) => lane);
  }

  async run<Done>(work: () => Promise<Done>, signal: AbortSignal): Promise<Done> {
    const lane = this.free.shift() ?? (await new Promise<number>((take) => this.waiting.push(take)));
    try {
      return await alone(`${this.name}-${lane}`, work, signal);
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free.push(lane);
      else next(lane);
    }
  }
}
