import type { Socket } from "node:net";

/**
 * One way of a connection through the proxy. Bytes are counted from the first one that came this way; a new order
 * takes the place of one whose byte has not come yet.
 */
export interface Way {
  /** Bytes that were passed on. */
  readonly passed: number;
  readonly isStalled: boolean;
  /**
   * Resets both sides once `at` bytes have passed; at once unless told. Of those the peer gets what its kernel has room
   * for: a reset takes back the rest, as it does on a network.
   */
  cut(at?: number): void;
  /** Passes nothing on after `at` bytes and reads no more, so that the sender has to wait. */
  stall(at?: number): void;
  /** Sends a FIN after `at` bytes; what comes after them is dropped. The other way goes on. */
  halfClose(at?: number): void;
  /** Ends a stall. */
  resume(): void;
}

interface Turn {
  at: number;
  act: () => void;
}

export interface Ends {
  from: Socket;
  to: Socket;
  /** Resets both sides. */
  reset(): void;
}

/** Passes on what comes `from` one side, and does what it is told at a byte. */
export class Passage implements Way {
  readonly #ends: Ends;
  #passed = 0;
  /** What came and was not passed on. */
  #held: Buffer = Buffer.alloc(0);
  #hasEnded = false;
  #turn: Turn | undefined;
  #isStalled = false;
  /** After a FIN of ours nothing can be passed on. */
  #isShut = false;

  constructor(ends: Ends) {
    this.#ends = ends;
    const { from, to } = ends;
    from.on("data", (chunk: Buffer) => {
      this.#held = Buffer.concat([this.#held, chunk]);
      this.#move();
    });
    from.on("end", () => {
      this.#hasEnded = true;
      this.#move();
    });
    to.on("drain", () => this.#move());
  }

  get passed(): number {
    return this.#passed;
  }

  get isStalled(): boolean {
    return this.#isStalled;
  }

  cut(at = this.#passed): void {
    this.#turnAt(at, this.#ends.reset);
  }

  stall(at = this.#passed): void {
    this.#turnAt(at, () => {});
  }

  halfClose(at = this.#passed): void {
    this.#turnAt(at, () => this.#shut());
  }

  resume(): void {
    this.#isStalled = false;
    this.#move();
  }

  #turnAt(at: number, act: () => void): void {
    if (at < this.#passed) throw new RangeError(`${at} is behind: ${this.#passed} bytes have passed already`);
    this.#turn = { at, act };
    // In a stall as well, which is not to be resumed for it.
    if (at === this.#passed) this.#take(this.#turn);
    else this.#move();
  }

  #move(): void {
    if (this.#isStalled) return;
    const turn = this.#turn;
    const part = this.#held.subarray(0, turn && turn.at - this.#passed);
    this.#held = this.#held.subarray(part.length);
    this.#passed += part.length;
    const { from, to } = this.#ends;
    if (turn?.at === this.#passed) {
      this.#take(turn, part);
      return;
    }
    if (part.length > 0 && !this.#isShut) to.write(part);
    if (this.#hasEnded) this.#shut();
    else if (to.writableNeedDrain) from.pause();
    else from.resume();
  }

  #take({ act }: Turn, last?: Buffer): void {
    this.#turn = undefined;
    this.#isStalled = true;
    this.#ends.from.pause();
    // It waits until the kernel has the bytes before it: a reset would take them back from the process.
    if (last?.length) this.#ends.to.write(last, act);
    else act();
  }

  #shut(): void {
    if (!this.#isShut) this.#ends.to.end();
    this.#isShut = true;
    this.#isStalled = false;
    this.#ends.from.resume();
  }
}
