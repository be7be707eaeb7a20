import type { Transport } from "../../src/hub/transport.ts";
import { within } from "./deadline.ts";

/** What a frame of the server holds, as far as tests look at it. */
export interface Sent {
  [field: string]: unknown;
}

const DEADLINE_MS = 2000;

/** A socket that keeps what it is given; a test reads it, and says how much of it is unsent. */
export class FakeTransport implements Transport {
  readonly canTerminate: boolean;
  /** Every text sent before the close. */
  readonly frames: string[] = [];
  /** Texts that came after the close, where there should be none. */
  readonly late: string[] = [];
  /** How often `terminate` was called. */
  terminations = 0;
  /** What `unsentBytes` says. */
  unsent = 0;
  /** How often `ping` was called. */
  pings = 0;
  /** What `canPing` says. */
  canPing = true;
  /** True where what the peer sends is left in the kernels' hands. */
  isPaused = false;
  /** True where the peer takes nothing: what is sent stays unsent. */
  isStuck = false;
  readonly #closes: { code: number; reason: string }[] = [];
  readonly #changes: (() => void)[] = [];
  #taken = 0;

  constructor(canTerminate = true) {
    this.canTerminate = canTerminate;
  }

  send(text: string): void {
    (this.closing ? this.late : this.frames).push(text);
    if (this.isStuck) this.unsent += Buffer.byteLength(text);
    this.#changed();
  }

  close(code: number, reason: string): void {
    this.#closes.push({ code, reason });
    this.#changed();
  }

  ping(): void {
    this.pings++;
  }

  terminate(): void {
    this.terminations++;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  unsentBytes(): number {
    return this.unsent;
  }

  /** The first close that was asked for. */
  get closing(): { code: number; reason: string } | undefined {
    return this.#closes[0];
  }

  /** Everything sent that no call of `take` or `next` gave yet. */
  take(): Sent[] {
    const from = this.#taken;
    this.#taken = this.frames.length;
    return this.frames.slice(from).map((frame) => JSON.parse(frame));
  }

  /** The next message, waited for; rejects where the socket closes in its place. */
  async next(): Promise<Sent> {
    while (this.frames.length === this.#taken) {
      if (this.closing) throw new Error(`closed with ${JSON.stringify(this.closing)} in place of a message`);
      await within(this.#change(), DEADLINE_MS, "a message of the server");
    }
    return JSON.parse(this.frames[this.#taken++] ?? "");
  }

  /** The close, waited for. */
  async closed(): Promise<{ code: number; reason: string }> {
    while (!this.closing) await within(this.#change(), DEADLINE_MS, "a close by the server");
    return this.closing;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#changes.push(resolve));
  }

  #changed(): void {
    for (const resolve of this.#changes.splice(0)) resolve();
  }
}
