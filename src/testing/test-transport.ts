import type { Transport } from "../hub/transport.ts";
import { within } from "./deadline.ts";
import type { TestMessage } from "./message.ts";

const DEADLINE_MS = 2000;
const encoder = new TextEncoder();

/**
 * A socket for a hub without routes, `hub.connect({ transport })`: it keeps what it is given, for a test to read. Nobody
 * is at its other end: a test says how much is unsent, and tells the hub that the socket has closed.
 */
export class TestTransport implements Transport {
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

  /** @param canTerminate Whether it can be dropped, as on all runtimes but native Deno. */
  constructor(canTerminate = true) {
    this.canTerminate = canTerminate;
  }

  /** Keeps a text in `frames`. */
  send(text: string): void {
    (this.closing ? this.late : this.frames).push(text);
    if (this.isStuck) this.unsent += encoder.encode(text).length;
    this.#changed();
  }

  /** Keeps the first close for `closing`. */
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
  take(): TestMessage[] {
    const from = this.#taken;
    this.#taken = this.frames.length;
    return this.frames.slice(from).map((frame) => JSON.parse(frame));
  }

  /** The next message, waited for; rejects where the socket closes in its place. */
  async next(): Promise<TestMessage> {
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
