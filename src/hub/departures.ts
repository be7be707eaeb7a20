import { CloseCode } from "../protocol/codes.ts";
import type { Reconnect } from "../protocol/server-message.ts";
import type { Clock } from "./clock.ts";
import { requireClose } from "./close-frame.ts";
import type { Connection } from "./connection.ts";
import { Drain, type DrainTimes } from "./drain.ts";

/** A peer that has not signed in yet: no connection, and closed before them. */
export interface Stranger {
  /** Tells it this and closes it, because the server stops. */
  stop(reconnect: Reconnect): void;
}

/** What departures are made of. */
interface DeparturesOptions {
  clock: Clock;
  drain: DrainTimes;
  /** Told of each connection that is let go of, before its socket is closed. */
  gone(connection: Connection, code: number, reason: string): void;
}

/** How connections end: one by one while the hub is open, and all of them when it ends. */
export class Departures {
  readonly #options: DeparturesOptions;
  readonly #strangers = new Set<Stranger>();
  /** Whose socket has still to close. */
  readonly #leaving = new Set<Connection>();
  /** How far the hub's own end has come; it never goes back. */
  #stage: "open" | "draining" | "closing" | "closed" = "open";
  #disconnected: Promise<void> | undefined;
  #everybodyLeft = () => {};

  constructor(options: DeparturesOptions) {
    this.#options = options;
  }

  /** Ends a connection and closes its socket. Throws as `requireClose` does. */
  disconnect(connection: Connection, code: number, reason: string): void {
    requireClose(code, reason);
    if (!connection.isOpen) return;
    this.#letGo(connection, code, reason);
    // Before the close, from inside which the socket may say that it has closed.
    this.#leaving.add(connection);
    connection.outbox.close(code, reason);
  }

  /** Ends one whose reader is too slow. */
  cut(connection: Connection): void {
    this.disconnect(connection, CloseCode.SlowConsumer, "Slow consumer");
  }

  /** Ends those that an operator wants gone; gives how many those were. */
  byOperator(connections: readonly Connection[]): number {
    for (const connection of connections)
      this.disconnect(connection, CloseCode.DisconnectedByOperator, "Disconnected by an operator");
    return connections.length;
  }

  /** Takes note that a connection's socket has closed, by whomever. */
  disconnected(connection: Connection, code: number, reason: string): void {
    connection.outbox.closed();
    if (connection.isOpen) this.#letGo(connection, code, reason);
    this.#leaving.delete(connection);
    this.#changed();
  }

  /** Counts a peer that has not signed in, until what is returned is called. */
  keep(stranger: Stranger): () => void {
    this.#strangers.add(stranger);
    return () => {
      this.#strangers.delete(stranger);
      this.#changed();
    };
  }

  /** Begins the hub's end. */
  begin(): void {
    if (this.#stage === "open") this.#stage = "draining";
  }

  /** True once that has begun. */
  get isDraining(): boolean {
    return this.#stage !== "open";
  }

  /** True once everybody is being closed: who came now would be left over. */
  get isClosing(): boolean {
    return this.#stage === "closing" || this.#stage === "closed";
  }

  /** True once nobody is there any more. */
  get isClosed(): boolean {
    return this.#stage === "closed";
  }

  /**
   * Closes those that have not signed in, then these connections over the window.
   * @param connections All that the hub has; it takes no others from now on.
   * @returns Once every socket has closed, or the time for that is over; for a second call the same.
   */
  disconnectAll(connections: readonly Connection[]): Promise<void> {
    this.#disconnected ??= new Promise((resolve) => {
      this.#stage = "closing";
      for (const connection of connections) this.#leaving.add(connection);
      const drain = new Drain({
        clock: this.#options.clock,
        times: this.#options.drain,
        connections,
        close: (connection) => this.#sendAway(connection),
        over: resolve,
      });
      this.#everybodyLeft = () => {
        drain.stop();
        resolve();
      };
      for (const stranger of this.#strangers) stranger.stop(this.#reconnect());
      drain.start();
      this.#changed();
    });
    return this.#disconnected;
  }

  /** Says that the hub's end is over. */
  close(): void {
    this.#stage = "closed";
  }

  #letGo(connection: Connection, code: number, reason: string): void {
    connection.stop();
    this.#options.gone(connection, code, reason);
  }

  #sendAway(connection: Connection): void {
    if (!connection.isOpen) return;
    if (!connection.outbox.control(this.#reconnect())) this.cut(connection);
    else this.disconnect(connection, CloseCode.ServiceRestart, "Server is stopping");
  }

  // Drawn by lot for each, so that the next server is not met by all at once.
  #reconnect(): Reconnect {
    return { type: "reconnect", after_ms: Math.floor(Math.random() * this.#options.drain.window_ms) };
  }

  #changed(): void {
    if (this.#strangers.size + this.#leaving.size === 0) this.#everybodyLeft();
  }
}
