import type { Clock } from "./clock.ts";
import type { ConnectOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import type { Principal } from "./principal.ts";
import { Pulse } from "./pulse.ts";

/** What a connection is made of. */
interface ConnectionOptions extends Omit<ConnectOptions, "welcome"> {
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
  /** The topics and patterns that it is subscribed to. */
  readonly subscriptions: Set<string> = new Set();
  /** @internal */
  readonly outbox: Outbox;
  /** @internal Undefined where the hub does not look after silent peers. */
  readonly pulse: Pulse | undefined;
  /** @internal Number of the last publication that it was given, so that none comes twice by two subscriptions. */
  lastDelivered = 0;
  /** @internal False from the moment in which the hub let go of it. */
  isOpen = true;

  /** @internal By `connect` of the hub. */
  constructor({ principal, transport, unsentLimit, heartbeat, clock }: ConnectionOptions) {
    this.principal = principal;
    this.outbox = new Outbox(transport, unsentLimit, clock);
    this.pulse = heartbeat && new Pulse(transport, this.outbox, heartbeat);
    this.connectedAt = clock.now();
  }

  get user(): string {
    return this.principal.user;
  }
}
