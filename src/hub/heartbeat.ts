import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { HeartbeatTimes } from "./pulse.ts";

// So many turns to the shorter of the two times: a peer is judged three of them late at most, and never early.
const TURNS = 6;

/**
 * Looks at all connections in turns, by one timer. Silence is counted in turns, so that time in which the process
 * did not run is nobody's silence.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #tooSilent: (connection: Connection) => void;
  readonly #connections = new Set<Connection>();
  #turnMs = Number.POSITIVE_INFINITY;
  #cancelTurn = () => {};

  /** @param tooSilent Called for each peer that is given up; it MUST remove the connection. */
  constructor(clock: Clock, tooSilent: (connection: Connection) => void) {
    this.#clock = clock;
    this.#tooSilent = tooSilent;
  }

  /** Begins to look at a connection. */
  add(connection: Connection, { interval_ms, timeout_ms }: HeartbeatTimes): void {
    this.#connections.add(connection);
    // Whole, since Node's timers leave out what is not, and so would judge early.
    const turnMs = Math.ceil(Math.min(interval_ms, timeout_ms) / TURNS);
    if (turnMs >= this.#turnMs) return;
    this.#turnMs = turnMs;
    this.#wait();
  }

  /** Looks at it no more. */
  remove(connection: Connection): void {
    if (!this.#connections.delete(connection) || this.#connections.size > 0) return;
    this.#cancelTurn();
    this.#turnMs = Number.POSITIVE_INFINITY;
  }

  #wait(): void {
    // There may be one already: of a longer turn, or of somebody who came when the last one was given up.
    this.#cancelTurn();
    const turnMs = this.#turnMs;
    const dueAt = this.#clock.elapsed() + turnMs;
    this.#cancelTurn = this.#clock.after(turnMs, () => {
      const wasPaused = this.#clock.elapsed() - dueAt >= turnMs;
      for (const connection of this.#connections) this.#look(connection, turnMs, wasPaused);
      if (this.#connections.size > 0) this.#wait();
    });
  }

  #look(connection: Connection, turnMs: number, wasPaused: boolean): void {
    if (wasPaused) connection.pulse?.spare();
    else if (connection.pulse?.pass(turnMs) === false) this.#tooSilent(connection);
  }
}
