import type { Transport } from "./transport.ts";

/** Sends to a peer, and sees whether it takes what is unsent. */
export class Uptake {
  readonly #transport: Transport;
  /** What was unsent when that was last measured; 0 where nothing was when somebody last asked. */
  #heldBack = 0;
  #hasTaken = false;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  send(text: string): void {
    const unsent = this.#heldBack > 0 ? this.#transport.unsentBytes() : 0;
    this.#transport.send(text);
    // What is unsent may grow although the peer takes of it; where nothing is there is nothing to measure.
    if (this.#heldBack === 0) return;
    this.#measure(unsent);
    this.#heldBack = this.#transport.unsentBytes();
  }

  /** True where the peer took some of what was unsent when this was last asked. */
  hasTaken(): boolean {
    const unsent = this.#transport.unsentBytes();
    this.#measure(unsent);
    this.#heldBack = unsent;
    const hasTaken = this.#hasTaken;
    this.#hasTaken = false;
    return hasTaken;
  }

  #measure(unsent: number): void {
    if (unsent < this.#heldBack) this.#hasTaken = true;
  }
}
