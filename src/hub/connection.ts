import type { Clock } from "./clock.ts";
import { Outbox } from "./outbox.ts";
import type { Principal } from "./principal.ts";
import type { Transport } from "./transport.ts";

// A peer that does not answer a close is dropped after this long.
const CLOSE_GRACE_MS = 3_000;

/** What a connection is made of. */
export interface ConnectionOptions {
  principal: Principal;
  transport: Transport;
  /** Unsent bytes past which the reader counts as too slow. */
  unsentLimit: number;
  clock: Clock;
}

/** One open connection of a user. */
export class Connection {
  /** Made by the server, unique for ever. */
  readonly id: string = crypto.randomUUID();
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
  /** Who the connection speaks for; renewing the token replaces it, never the user in it. */
  principal: Principal;
  readonly outbox: Outbox;
  /** The topics and patterns that it is subscribed to. */
  readonly subscriptions: Set<string> = new Set();
  /** Number of the last publication that it was given, so that none comes twice by two subscriptions. */
  lastDelivered = 0;
  /** False from the moment in which the hub let go of it. */
  isOpen = true;
  readonly #transport: Transport;
  readonly #clock: Clock;
  #cancelGrace = () => {};

  constructor({ principal, transport, unsentLimit, clock }: ConnectionOptions) {
    this.principal = principal;
    this.outbox = new Outbox(transport, unsentLimit);
    this.connectedAt = clock.now();
    this.#transport = transport;
    this.#clock = clock;
  }

  get user(): string {
    return this.principal.user;
  }

  /** Starts the closing handshake, and drops the socket where the peer does not answer. */
  close(code: number, reason: string): void {
    this.#transport.close(code, reason);
    if (this.#transport.canTerminate)
      this.#cancelGrace = this.#clock.after(CLOSE_GRACE_MS, () => this.#transport.terminate());
  }

  /** Says that the socket is closed. */
  closed(): void {
    this.#cancelGrace();
  }
}
