// At a sample every 2 s, 15 minutes.
const MOST = 450;
// A line does not go on over a time without samples, in seconds.
const GAP_S = 15;

/** What a server used over time, as charts take it: seconds since 1970, and null where nothing is known. */
export class Series {
  times: number[] = [];
  cpu: (number | null)[] = [];
  memory: (number | null)[] = [];

  /** @param time Milliseconds since 1970. */
  add(time: number, figures: { cpu: number; memory: number } | null): void {
    const at = time / 1000;
    const last = this.times.at(-1);
    // A replay may bring an old one again, and charts want times that rise.
    if (last !== undefined && at <= last) return;
    if (last !== undefined && at - last > GAP_S) this.#push(last + 0.001, null);
    this.#push(at, figures);
    while (this.times.length > MOST) for (const list of [this.times, this.cpu, this.memory]) list.shift();
  }

  /** True where anything was ever known. */
  get hasFigures(): boolean {
    return this.cpu.some((value) => value !== null);
  }

  #push(at: number, figures: { cpu: number; memory: number } | null): void {
    this.times.push(at);
    this.cpu.push(figures?.cpu ?? null);
    this.memory.push(figures?.memory ?? null);
  }
}
