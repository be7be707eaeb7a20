import type { TestConnection } from "./connection.ts";

/** What a stream's link is told, and tells. */
export interface StreamOptions {
  /** Of the request. */
  url: string;
  /** Aborted where the client leaves. */
  signal: AbortSignal;
  /** Called once, when the stream has ended. */
  ended(link: StreamLink): void;
}

/** The body of an answer that stays open, on its way to the client. */
export class StreamLink implements TestConnection {
  readonly url: string;
  /** What the client reads. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #source: ReadableStreamDefaultReader<Uint8Array>;
  readonly #ended: () => void;
  #client: ReadableStreamDefaultController<Uint8Array> | undefined;
  #flowing: Promise<void> = Promise.resolve();
  #flow = () => {};
  #isStalled = false;
  #hasVanished = false;
  #isOpen = true;

  constructor(body: ReadableStream<Uint8Array>, { url, signal, ended }: StreamOptions) {
    this.url = url;
    this.#source = body.getReader();
    this.#ended = () => ended(this);
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#client = controller;
        },
        pull: () => this.#pull(),
        cancel: () => this.#break(new TypeError("The reader left")),
      },
      // Nothing is asked of the server that the client does not ask for.
      { highWaterMark: 0 },
    );
    signal.addEventListener("abort", () => this.#break(signal.reason), { once: true });
  }

  cut(): void {
    this.#break(new TypeError("The connection was cut"));
  }

  stall(): void {
    this.resume();
    this.#isStalled = true;
    this.#flowing = new Promise((resolve) => {
      this.#flow = resolve;
    });
  }

  resume(): void {
    this.#isStalled = false;
    this.#flow();
  }

  vanish(): void {
    this.#hasVanished = true;
  }

  /** Drops it for the server, which has ended it: whoever reads gets what it had sent, and sees the end. */
  drop(): void {
    if (this.#isStalled && !this.#hasVanished) this.cut();
  }

  async #pull(): Promise<void> {
    await this.#flowing;
    if (this.#hasVanished) return never;
    const { done, value } = await this.#source.read();
    await this.#flowing;
    if (this.#hasVanished) return never;
    if (!this.#isOpen) return;
    if (!done) return this.#client?.enqueue(value);
    this.#client?.close();
    this.#end();
  }

  #break(why: unknown): void {
    if (!this.#isOpen) return;
    this.#client?.error(why);
    this.#end();
    this.resume();
    void this.#source.cancel();
  }

  #end(): void {
    this.#isOpen = false;
    this.#ended();
  }
}

const never = new Promise<never>(() => {});
