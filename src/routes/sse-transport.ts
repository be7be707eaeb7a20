import type { Transport } from "../hub/transport.ts";
import { COMMENT, closeEvent } from "./sse-wire.ts";

// So much is handed to the runtime at once, in bytes: what it has not written stays countable here.
const CHUNK_BYTES = 65_536;

const encoder = new TextEncoder();

/** What an event stream is told, and tells. */
export interface SseTransportOptions {
  /** Drops the socket, where the runtime can. */
  drop(): void;
  /** Called once, when the stream has ended, by whomever. */
  closed(code: number, reason: string): void;
}

/** A connection over the body of a response: what is sent waits here until the runtime asks for it. */
export class SseTransport implements Transport {
  // Where the socket cannot be dropped, what waited for it is, and the stream is over.
  readonly canTerminate = true;
  readonly canPing = false;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #options: SseTransportOptions;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #waitingBytes = 0;
  /** Bytes handed to the runtime, which has not asked for more since. */
  #handedBytes = 0;
  /** True while the runtime asks for more. */
  #isAsked = false;
  #closing: { code: number; reason: string } | undefined;
  #hasEnded = false;
  #hasSent = false;

  constructor(options: SseTransportOptions) {
    this.#options = options;
    this.body = new ReadableStream(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#handedBytes = 0;
          this.#isAsked = true;
          this.#give();
        },
        cancel: () => this.left(),
      },
      // Nothing is asked for that the socket does not take: all five servers keep to that.
      { highWaterMark: 0 },
    );
  }

  send(text: string): void {
    if (this.#closing || this.#hasEnded) return;
    this.#queue(text);
  }

  close(code: number, reason: string): void {
    if (this.#closing || this.#hasEnded) return;
    this.#closing = { code, reason };
    this.#queue(closeEvent(code, reason));
  }

  terminate(): void {
    if (this.#hasEnded) return;
    this.#end();
    this.#options.drop();
  }

  ping(): void {}

  // Who is at the other end says nothing.
  pause(): void {}
  resume(): void {}

  unsentBytes(): number {
    return this.#waitingBytes + this.#handedBytes;
  }

  /** Says that the peer is gone. */
  left(): void {
    this.#closing ??= { code: 1006, reason: "" };
    this.#end();
  }

  /** Says something where nothing was said since this was last called, and nothing waits to be read. */
  breakSilence(): void {
    const isSilent = !this.#hasSent && this.unsentBytes() === 0;
    if (isSilent) this.send(COMMENT);
    this.#hasSent = false;
  }

  #queue(text: string): void {
    const bytes = encoder.encode(text);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#hasSent = true;
    this.#give();
  }

  #give(): void {
    if (!this.#isAsked || this.#hasEnded) return;
    const chunk = this.#take();
    if (chunk) {
      this.#isAsked = false;
      this.#handedBytes = chunk.length;
      this.#controller?.enqueue(chunk);
      // All that was to be said has been asked for.
    } else if (this.#closing) this.#end();
  }

  #take(): Uint8Array<ArrayBuffer> | undefined {
    let size = 0;
    const end = this.#waiting.findIndex(({ length }) => {
      size += length;
      return size > CHUNK_BYTES;
    });
    // One that is larger than that goes alone.
    const parts = this.#waiting.splice(0, end < 0 ? this.#waiting.length : Math.max(end, 1));
    const chunk = parts.length > 1 ? joined(parts) : parts[0];
    this.#waitingBytes -= chunk?.length ?? 0;
    return chunk;
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#handedBytes = 0;
    try {
      this.#controller?.close();
    } catch {
      // Whoever read it has cancelled it.
    }
    const { code, reason } = this.#closing ?? { code: 1006, reason: "" };
    this.#options.closed(code, reason);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
