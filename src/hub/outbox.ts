import { isLongerThan } from "../protocol/json.ts";
import type { Transport } from "./transport.ts";

/** An encoded message: the text of one frame. */
export type Frame = string;

/** Room that replies and control messages have beyond the limit, in bytes. PROTOCOL.md, Slow consumers. */
const CONTROL_RESERVE = 65_536;

/**
 * What one connection is owed. Every frame for a connection passes here, in order, so this is where the
 * limit on unsent bytes holds.
 */
export class Outbox {
  readonly #transport: Transport;
  readonly #limit: number;

  /** @param limit Unsent bytes past which a publication is refused. */
  constructor(transport: Transport, limit: number) {
    this.#transport = transport;
    this.#limit = limit;
  }

  /** Queues a publication; false where the reader is too slow to get it. */
  publication(frame: Frame): boolean {
    return this.#push(frame, this.#limit);
  }

  /** Queues a reply or a control message; false where even the reserve is used up. */
  control(message: object): boolean {
    return this.#push(JSON.stringify(message), this.#limit + CONTROL_RESERVE);
  }

  unsentBytes(): number {
    return this.#transport.unsentBytes();
  }

  #push(frame: Frame, limit: number): boolean {
    const unsent = this.#transport.unsentBytes();
    // A frame larger than the limit still goes to a reader that owes nothing.
    if (unsent > 0 && isLongerThan(frame, limit - unsent)) return false;
    this.#transport.send(frame);
    return true;
  }
}
