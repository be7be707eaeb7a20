import type { Reconnect } from "../protocol/server-message.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";

/** A peer that has not signed in yet: no connection, and closed with them. */
export interface Stranger {
  /** Tells it this and closes it, because the server stops. */
  stop(reconnect: Reconnect): void;
}

// Spreads the reconnects after a stop, so that the next server is not met by all at once.
const RECONNECT_MS = 5_000;
// A peer that does not answer its close is dropped before that, where the platform can.
const PATIENCE_MS = 4_000;

/** Whose socket has still to close, when a hub ends. */
export class Departures {
  readonly #strangers = new Set<Stranger>();
  readonly #leaving = new Set<Connection>();
  readonly #waiting = new Set<() => void>();

  /** Counts a peer that has not signed in, until what is returned is called. */
  keep(stranger: Stranger): () => void {
    this.#strangers.add(stranger);
    return () => {
      this.#strangers.delete(stranger);
      this.#changed();
    };
  }

  /** Counts a connection whose socket was asked to close. */
  leaving(connection: Connection): void {
    this.#leaving.add(connection);
  }

  /** Says that a connection's socket has closed. */
  left(connection: Connection): void {
    this.#leaving.delete(connection);
    this.#changed();
  }

  /** Closes those that have not signed in. */
  stopStrangers(): void {
    for (const stranger of this.#strangers) stranger.stop(reconnect());
  }

  /** Settles once every socket has closed, at the latest after four seconds. */
  over(clock: Clock): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#waiting.delete(end);
        cancel();
        resolve();
      };
      const cancel = clock.after(PATIENCE_MS, end);
      this.#waiting.add(end);
      this.#changed();
    });
  }

  #changed(): void {
    if (this.#strangers.size + this.#leaving.size > 0) return;
    for (const end of this.#waiting) end();
  }
}

/** What tells a peer when to come back. PROTOCOL.md, Publications. */
export function reconnect(): Reconnect {
  return { type: "reconnect", after_ms: Math.floor(Math.random() * RECONNECT_MS) };
}
