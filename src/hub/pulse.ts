import type { Outbox } from "./outbox.ts";
import type { Transport } from "./transport.ts";

/** What a silent peer is given; the names are those of the configuration file. */
export interface HeartbeatTimes {
  /** Silence after which it is asked, in milliseconds, at the latest. */
  interval_ms: number;
  /** How long it has to answer, in milliseconds. */
  timeout_ms: number;
}

/** The signs of life of one peer. */
export class Pulse {
  readonly #transport: Transport;
  readonly #outbox: Outbox;
  readonly #times: HeartbeatTimes;
  // A socket that has just opened is one.
  #wasHeard = true;
  #silentMs = 0;
  #pingAfterMs: number;

  constructor(transport: Transport, outbox: Outbox, times: HeartbeatTimes) {
    this.#transport = transport;
    this.#outbox = outbox;
    this.#times = times;
    this.#pingAfterMs = this.#drawn();
  }

  /** Takes note that something came; it is called for each frame or more often, so it does nothing else. */
  heard(): void {
    this.#wasHeard = true;
  }

  /** Takes note that `ms` went by, and asks a silent peer; false where it has been silent for too long. */
  pass(ms: number): boolean {
    if (this.#showsLife()) {
      this.#silentMs = 0;
      this.#pingAfterMs = this.#drawn();
      return true;
    }
    // Over since the turn before: what had come by then, while the process was busy, has been read in between.
    if (this.#silentMs >= this.#times.interval_ms + this.#times.timeout_ms) return false;
    this.#silentMs += ms;
    if (this.#silentMs >= this.#pingAfterMs) {
      this.#pingAfterMs = Number.POSITIVE_INFINITY;
      this.#transport.ping();
    }
    return true;
  }

  /** Has it judged after a full interval at the earliest, since nothing of it could be heard for a while. */
  spare(): void {
    this.#silentMs = Math.min(this.#silentMs, this.#times.timeout_ms);
    this.#pingAfterMs = this.#drawn();
  }

  #showsLife(): boolean {
    const wasHeard = this.#wasHeard;
    this.#wasHeard = false;
    const hasTaken = this.#outbox.hasTaken();
    // Where pongs are not told, the platform watches over the peers that owe nothing.
    return wasHeard || hasTaken || !(this.#transport.canPing || this.#outbox.unsentBytes() > 0);
  }

  // Drawn by lot, so that peers that came at one moment are not all asked at one.
  #drawn(): number {
    return this.#times.interval_ms * (0.5 + Math.random() / 2);
  }
}
