import type { Transport } from "../../src/hub/transport.ts";
import type { TestMessage } from "../../src/testing/message.ts";

/** What is sent: a publication as it comes, out of a replay, or after others of its topic were left out; or none. */
export type Kind = "live" | "replayed" | "conflated" | "control";

/** What a socket is told to look at as it happens. */
export interface SocketEvents {
  /** Tells what a text holds. */
  sent(text: string): { message: TestMessage; kind: Kind };
  closed(code: number, reason: string): void;
}

interface Unsent {
  message: TestMessage;
  left: number;
  kind: Kind;
}

/** A socket whose peer takes as many bytes as it is told to, and when. */
export class SlowSocket implements Transport {
  readonly canTerminate = true;
  readonly canPing = false;
  readonly #events: SocketEvents;
  #queue: Unsent[] = [];
  #unsent = 0;

  constructor(events: SocketEvents) {
    this.#events = events;
  }

  send(text: string): void {
    this.#queue.push({ ...this.#events.sent(text), left: text.length });
    // Everything in a run is ASCII.
    this.#unsent += text.length;
  }

  close(code: number, reason: string): void {
    this.#events.closed(code, reason);
  }

  ping(): void {}

  terminate(): void {}

  pause(): void {}

  resume(): void {}

  unsentBytes(): number {
    return this.#unsent;
  }

  /** Bytes of these kinds that wait. */
  waiting(...kinds: Kind[]): number {
    return this.#queue.reduce((sum, { left, kind }) => sum + (kinds.includes(kind) ? left : 0), 0);
  }

  /** The peer takes so many bytes; gives the messages that it has now as a whole. */
  take(bytes: number): TestMessage[] {
    let rest = Math.min(bytes, this.#unsent);
    this.#unsent -= rest;
    let whole = 0;
    for (const unsent of this.#queue) {
      const taken = Math.min(rest, unsent.left);
      unsent.left -= taken;
      rest -= taken;
      if (unsent.left > 0) break;
      whole++;
    }
    return this.#queue.splice(0, whole).map(({ message }) => message);
  }
}
