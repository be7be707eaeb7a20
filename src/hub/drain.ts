import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";

/** How a hub ends; the names are those of the configuration file. */
export interface DrainTimes {
  /** How long the closes are spread over, in milliseconds: at most `timeout_ms`. */
  window_ms: number;
  /** How long all of it takes at most, in milliseconds. */
  timeout_ms: number;
}

// Whoever asks meanwhile is told that the server stops: with a single connection as well, for this long.
const LAST_CLOSE_MS = 1_000;
// What a peer has to answer its close before the time is over; a short time is shared in this proportion.
const CLOSE_GRACE_MS = 3_000;
const CLOSE_GRACE_SHARE = 0.3;
// A peer that does not answer its close is dropped before that, where the platform can.
const PATIENCE_MS = 4_000;
// What is left for whoever stops more than the hub.
const RESERVE_SHARE = 0.1;
const BEHIND_POLL_MS = 20;
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Fills in the defaults: 5 and 10 seconds.
 * @throws TypeError for another field, and for times that do not fit together.
 */
export function drainTimes(times: Partial<DrainTimes> = {}): DrainTimes {
  const { window_ms = 5_000, timeout_ms = 10_000, ...others } = times;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new TypeError(`Unknown field 'drain.${unknown}': it takes window_ms and timeout_ms`);
  if (window_ms >= 0 && window_ms <= timeout_ms && timeout_ms <= LONGEST_MS) return { window_ms, timeout_ms };
  const got = `got ${window_ms} and ${timeout_ms}`;
  throw new TypeError(
    `'drain' takes a 'window_ms' from 0 to its 'timeout_ms', and that up to ${LONGEST_MS}: ${got}`,
  );
}

/** What a drain is made of. */
interface DrainOptions {
  clock: Clock;
  times: DrainTimes;
  /** Those that are to be closed; who closes meanwhile stays in the list and needs no turn. */
  connections: readonly Connection[];
  close(connection: Connection): void;
  /** Called once the time is over in which sockets may close; not after `stop`. */
  over(): void;
}

/** Closes connections one after the other, in an order drawn by lot and by one timer. PROTOCOL.md, Stopping. */
export class Drain {
  readonly #options: DrainOptions;
  readonly #order: Connection[];
  /** Whose turn has come; more than those of this moment only where they are behind. */
  readonly #due = new Set<Connection>();
  readonly #latestMs: number;
  #turns = 0;
  readonly #startedAt: number;
  #isStopped = false;
  #cancelTimer = () => {};

  constructor(options: DrainOptions) {
    const { clock, connections, times } = options;
    this.#options = options;
    this.#order = shuffled(connections);
    this.#latestMs = times.timeout_ms - Math.min(CLOSE_GRACE_MS, times.timeout_ms * CLOSE_GRACE_SHARE);
    this.#startedAt = clock.elapsed();
  }

  /** Begins, with the first connection at once. */
  start(): void {
    this.#takeTurn();
  }

  /** Ends it, since nobody is left. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
  }

  #takeTurn(): void {
    const elapsed = this.#elapsed();
    for (; this.#dueAt(this.#turns) <= elapsed; this.#turns++)
      this.#due.add(this.#order[this.#turns] as Connection);
    for (const connection of this.#due) {
      if (connection.isOpen && connection.isBehind && elapsed < this.#latestMs) continue;
      this.#due.delete(connection);
      this.#options.close(connection);
    }
    // Nobody may be left, as the last socket said from inside its close.
    if (!this.#isStopped) this.#wait(elapsed);
  }

  #wait(elapsed: number): void {
    const { clock, times, over } = this.#options;
    const nextMs = this.#dueAt(this.#turns) - elapsed;
    if (this.#due.size > 0) this.#again(Math.min(nextMs, BEHIND_POLL_MS));
    else if (nextMs < Number.POSITIVE_INFINITY) this.#again(nextMs);
    else {
      const leftMs = times.timeout_ms * (1 - RESERVE_SHARE) - elapsed;
      this.#cancelTimer = clock.after(Math.max(Math.min(PATIENCE_MS, leftMs), 0), over);
    }
  }

  #again(ms: number): void {
    this.#cancelTimer = this.#options.clock.after(Math.ceil(ms), () => this.#takeTurn());
  }

  /** When a turn comes, in milliseconds from the start; never for one past the last. */
  #dueAt(turn: number): number {
    const count = this.#order.length;
    if (turn >= count) return Number.POSITIVE_INFINITY;
    const windowMs = Math.min(this.#options.times.window_ms, this.#latestMs);
    const ms = (windowMs * turn) / count;
    return turn < count - 1 ? ms : Math.max(ms, Math.min(LAST_CLOSE_MS, this.#latestMs));
  }

  /** Milliseconds since the start. */
  #elapsed(): number {
    return this.#options.clock.elapsed() - this.#startedAt;
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  const drawn: T[] = [];
  for (const [at, item] of items.entries()) {
    const place = Math.floor(Math.random() * (at + 1));
    if (place < at) drawn[at] = drawn[place] as T;
    drawn[place] = item;
  }
  return drawn;
}
