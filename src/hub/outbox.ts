import { isLongerThan } from "../protocol/json.ts";
import type { Clock } from "./clock.ts";
import type { Transport } from "./transport.ts";

/** An encoded publication. */
export interface Frame {
  text: string;
  /** The topic that it is about; a direct message may have none. */
  topic: string | undefined;
}

/** Room that replies and control messages have beyond the limit, in bytes. PROTOCOL.md, Slow consumers. */
const CONTROL_RESERVE = 65_536;
// A peer that does not answer a close is dropped after this long.
const CLOSE_GRACE_MS = 3_000;

/**
 * What one connection is owed. Everything for a connection passes here, in order, its close too, so this is
 * where the limit on unsent bytes holds.
 */
export class Outbox {
  readonly #transport: Transport;
  readonly #limit: number;
  readonly #clock: Clock;
  #cancelGrace = () => {};
  /** What was unsent when that was last measured; 0 where nothing was when somebody last asked. */
  #heldBack = 0;
  #hasTaken = false;

  /** @param limit Unsent bytes past which a publication is refused. */
  constructor(transport: Transport, limit: number, clock: Clock) {
    this.#transport = transport;
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Queues a publication; false where the reader is too slow to get it. */
  publication({ text }: Frame): boolean {
    return this.#push(text, this.#limit);
  }

  /** Queues a reply or a control message; false where even the reserve is used up. */
  control(message: object): boolean {
    return this.#push(JSON.stringify(message), this.#limit + CONTROL_RESERVE);
  }

  unsentBytes(): number {
    return this.#transport.unsentBytes();
  }

  /** True where the peer took some of what was unsent when this was last asked. */
  hasTaken(): boolean {
    const unsent = this.unsentBytes();
    this.#measure(unsent);
    this.#heldBack = unsent;
    const hasTaken = this.#hasTaken;
    this.#hasTaken = false;
    return hasTaken;
  }

  /** Starts the closing handshake after what was queued, and drops the socket where the peer does not answer. */
  close(code: number, reason: string): void {
    // Before the close: on Bun the socket says that it has closed from inside that call.
    if (this.#transport.canTerminate)
      this.#cancelGrace = this.#clock.after(CLOSE_GRACE_MS, () => this.#transport.terminate());
    this.#transport.close(code, reason);
  }

  /** Says that the socket is closed. */
  closed(): void {
    this.#cancelGrace();
  }

  #push(text: string, limit: number): boolean {
    const unsent = this.#transport.unsentBytes();
    // A frame larger than the limit still goes to a reader that owes nothing.
    if (unsent > 0 && isLongerThan(text, limit - unsent)) return false;
    this.#transport.send(text);
    // A backlog may grow although the peer takes of it; without one there is nothing to measure.
    if (this.#heldBack > 0) {
      this.#measure(unsent);
      this.#heldBack = this.unsentBytes();
    }
    return true;
  }

  #measure(unsent: number): void {
    if (unsent < this.#heldBack) this.#hasTaken = true;
  }
}
