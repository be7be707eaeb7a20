import type { Handshake } from "./handshake.ts";
import type { ClientData, ClientEnd, SocketLink } from "./socket-link.ts";

/** Asks a server for a WebSocket; rejects where there is none, and calls `opened` of the client where there is one. */
export type Dial = (handshake: Handshake, client: ClientEnd) => Promise<void>;

/** That a WebSocket has closed, as browsers tell it. */
export class TestCloseEvent extends Event {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;

  constructor(code: number, reason: string, wasClean: boolean) {
    super("close");
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}

const STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;

/** A WebSocket of a test network, which does what a browser's does. WHATWG, WebSockets Standard. */
export class TestWebSocket extends EventTarget {
  static readonly CONNECTING = STATES.CONNECTING;
  static readonly OPEN = STATES.OPEN;
  static readonly CLOSING = STATES.CLOSING;
  static readonly CLOSED = STATES.CLOSED;
  readonly CONNECTING = STATES.CONNECTING;
  readonly OPEN = STATES.OPEN;
  readonly CLOSING = STATES.CLOSING;
  readonly CLOSED = STATES.CLOSED;
  readonly url: string;
  readonly extensions = "";
  readonly bufferedAmount = 0;
  onopen: ((event: Event) => unknown) | null = null;
  onmessage: ((event: MessageEvent) => unknown) | null = null;
  onclose: ((event: TestCloseEvent) => unknown) | null = null;
  onerror: ((event: Event) => unknown) | null = null;
  readonly #giveUp = new AbortController();
  #link: SocketLink | undefined;
  #readyState: 0 | 1 | 2 | 3 = STATES.CONNECTING;
  #protocol = "";

  /** @internal By the class that a network brings. */
  constructor(dial: Dial, url: string, protocols: readonly string[]) {
    super();
    this.url = url;
    // So that what a listener throws goes where the runtime brings such errors, and stops nobody else.
    this.addEventListener("open", (event) => event instanceof Event && this.onopen?.(event));
    this.addEventListener("message", (event) => event instanceof MessageEvent && this.onmessage?.(event));
    this.addEventListener("close", (event) => event instanceof TestCloseEvent && this.onclose?.(event));
    this.addEventListener("error", (event) => event instanceof Event && this.onerror?.(event));
    const { signal } = this.#giveUp;
    dial({ url, protocols, signal }, this.#end()).catch(() => this.#failed());
  }

  get readyState(): 0 | 1 | 2 | 3 {
    return this.#readyState;
  }

  /** The subprotocol that the server selected; empty before, and where it selected none. */
  get protocol(): string {
    return this.#protocol;
  }

  /** Sends a message; what is sent after the close goes nowhere. */
  send(data: ClientData): void {
    if (this.#readyState === STATES.CONNECTING)
      throw new DOMException("The connection is not open yet", "InvalidStateError");
    if (this.#readyState === STATES.OPEN) this.#link?.send(data);
  }

  /** Starts the closing handshake, or gives up where there is no connection yet. */
  close(code?: number, reason = ""): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999))
      throw new DOMException(`A client closes with 1000 or 3000 to 4999, got ${code}`, "InvalidAccessError");
    if (new TextEncoder().encode(reason).length > 123)
      throw new DOMException("A reason has at most 123 bytes", "SyntaxError");
    if (this.#readyState >= STATES.CLOSING) return;
    const wasOpen = this.#readyState === STATES.OPEN;
    this.#readyState = STATES.CLOSING;
    if (wasOpen) this.#link?.close(code, reason);
    else this.#abandon();
  }

  #end(): ClientEnd {
    return {
      opened: (link, subprotocol) => {
        this.#link = link;
        this.#protocol = subprotocol;
        this.#readyState = STATES.OPEN;
        this.dispatchEvent(new Event("open"));
      },
      received: (data) => {
        if (this.#readyState === STATES.OPEN) this.dispatchEvent(new MessageEvent("message", { data }));
      },
      closed: (code, reason, wasClean) => {
        this.#readyState = STATES.CLOSED;
        // Nobody said good-bye: browsers tell of an error first.
        if (!wasClean) this.dispatchEvent(new Event("error"));
        this.dispatchEvent(new TestCloseEvent(code, reason, wasClean));
      },
    };
  }

  #abandon(): void {
    this.#giveUp.abort();
    queueMicrotask(() => this.#failed());
  }

  #failed(): void {
    if (this.#readyState === STATES.CLOSED) return;
    this.#readyState = STATES.CLOSED;
    this.dispatchEvent(new Event("error"));
    this.dispatchEvent(new TestCloseEvent(1006, "", false));
  }
}
