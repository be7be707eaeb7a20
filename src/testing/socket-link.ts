import type { Transport } from "../hub/transport.ts";
import type { SocketEvents } from "../routes/runtime.ts";
import type { TestConnection } from "./connection.ts";
import { Lane } from "./lane.ts";

/** What a client is told of its WebSocket. */
export interface ClientEnd {
  /** @param link What it sends with. */
  opened(link: SocketLink, subprotocol: string): void;
  received(text: string): void;
  /** @param wasClean True where a closing handshake brought it. */
  closed(code: number, reason: string, wasClean: boolean): void;
}

/** What a client sends; the server is to refuse what is no text. */
export type ClientData = string | ArrayBufferLike | ArrayBufferView;

/** The two ends of a WebSocket. */
export interface LinkEnds {
  client: ClientEnd;
  server: SocketEvents;
  /** Called once, when neither end is open any more. */
  ended(link: SocketLink): void;
}

// RFC 6455, section 7.4.1: no code was given, and no close frame came.
const [NO_CODE, ABNORMAL] = [1005, 1006];

/** One WebSocket, from end to end, without a network between. */
export class SocketLink implements TestConnection {
  readonly url: string;
  readonly #down = new Lane();
  readonly #up = new Lane();
  readonly #ends: LinkEnds;
  readonly #isOpen = { client: true, server: true };
  #hasVanished = false;
  #settle = () => {};

  constructor(url: string, ends: LinkEnds) {
    this.url = url;
    this.#ends = ends;
  }

  /** Opens both ends; settles when the client has what the server sent at once. */
  open(subprotocol: string): Promise<void> {
    const { client, server } = this.#ends;
    client.opened(this, subprotocol);
    server.opened(this.#transport());
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#down.send(0, resolve);
    });
  }

  /** Sends a message of the client. */
  send(data: ClientData): void {
    const { server } = this.#ends;
    this.#up.send(bytesOf(data), () => this.#isOpen.server && server.received(data));
  }

  /** Starts the closing handshake for the client. */
  close(code = NO_CODE, reason = ""): void {
    this.#up.send(0, () => {
      this.#down.send(0, () => this.#closeClient(code, reason, true));
      this.#closeServer(code, reason);
    });
  }

  cut(): void {
    this.#lose();
    this.#closeServer(ABNORMAL, "");
    this.#closeClient(ABNORMAL, "", false);
  }

  stall(): void {
    this.#down.hold();
  }

  resume(): void {
    this.#down.release();
  }

  vanish(): void {
    this.#hasVanished = true;
    this.#lose();
  }

  #transport(): Transport {
    const { client } = this.#ends;
    return {
      canTerminate: true,
      canPing: true,
      send: (text) => this.#down.send(bytesOf(text), () => this.#isOpen.client && client.received(text)),
      close: (code, reason) =>
        this.#down.send(0, () => {
          this.#up.send(0, () => this.#closeServer(code, reason));
          this.#closeClient(code, reason, true);
        }),
      terminate: () => this.#terminate(),
      ping: () => this.#ping(),
      pause: () => this.#up.hold(),
      resume: () => this.#up.release(),
      unsentBytes: () => this.#down.unsentBytes(),
    };
  }

  // Who takes nothing sees no ping. Others answer within the call, so that a clock that is moved far on finds them alive.
  #ping(): void {
    const heard = () => this.#isOpen.server && this.#ends.server.heard();
    if (this.#down.isFree && this.#up.isFree) heard();
    else this.#down.send(0, () => this.#up.send(0, heard));
  }

  /** Of what has vanished, the client does not hear even this. */
  #terminate(): void {
    // That comes some time after a close, in which all this has arrived, also where a clock was moved there at once.
    this.#down.flush();
    this.#up.flush();
    if (this.#hasVanished) this.#closeServer(ABNORMAL, "");
    else this.cut();
  }

  #lose(): void {
    this.#down.lose();
    this.#up.lose();
    this.#settle();
  }

  #closeServer(code: number, reason: string): void {
    if (!this.#isOpen.server) return;
    this.#isOpen.server = false;
    this.#ends.server.closed(code, reason);
    this.#end();
  }

  #closeClient(code: number, reason: string, wasClean: boolean): void {
    if (!this.#isOpen.client) return;
    this.#isOpen.client = false;
    this.#ends.client.closed(code, reason, wasClean);
    this.#end();
  }

  #end(): void {
    if (!this.#isOpen.client && !this.#isOpen.server) this.#ends.ended(this);
  }
}

const encoder = new TextEncoder();

function bytesOf(data: ClientData): number {
  return typeof data === "string" ? encoder.encode(data).length : data.byteLength;
}
