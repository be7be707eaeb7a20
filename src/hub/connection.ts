import { matches } from "../protocol/topic.ts";
import type { Clock } from "./clock.ts";
import type { ConnectOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import type { Pacer } from "./pacer.ts";
import type { Principal } from "./principal.ts";
import type { Publication } from "./publication.ts";
import { Pulse } from "./pulse.ts";
import { Replay, type ReplayOptions } from "./replay.ts";
import type { Missed } from "./resume.ts";
import type { Share } from "./share.ts";

/** What all connections of a hub share. */
export interface ConnectionParts extends Omit<ReplayOptions, "outbox" | "share" | "lost"> {
  clock: Clock;
  pacer: Pacer;
  /** Told of a topic of which it can no longer be said what a connection missed. */
  lost: (connection: Connection, topic: string) => void;
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
  /** @internal That of all connections of its user. */
  readonly share: Share;
  /** @internal Undefined where the hub does not look after silent peers. */
  readonly pulse: Pulse | undefined;
  /** @internal Number of the last publication that it was given, so that none comes twice by two subscriptions. */
  lastDelivered = 0;
  /** @internal False from the moment in which the hub let go of it. */
  isOpen = true;
  readonly #parts: ConnectionParts;
  /** Made when it is needed: most connections never resume. */
  #replay: Replay | undefined;

  /** @internal By `connect` of the hub. */
  constructor(options: Omit<ConnectOptions, "greeting">, share: Share, parts: ConnectionParts) {
    const { principal, transport, unsentLimit: limit, heartbeat, wire } = options;
    this.#parts = parts;
    this.principal = principal;
    this.share = share;
    this.outbox = new Outbox({ ...parts, transport, limit, wire });
    this.pulse = heartbeat && new Pulse(transport, this.outbox, heartbeat);
    this.connectedAt = parts.clock.now();
  }

  get user(): string {
    return this.principal.user;
  }

  /** @internal True while something that it is to get is not in the socket's hands yet. */
  get isBehind(): boolean {
    return this.outbox.isBehind || this.#replay?.isUnderWay === true;
  }

  /** @internal How many topics are being replayed to it. */
  get replayedTopics(): number {
    return this.#replay?.topics ?? 0;
  }

  /** @internal Sends what was missed, out of history. */
  catchUp(epoch: string, missed: ReadonlyMap<string, Missed>): void {
    // The reply may have been more than it could take.
    if (!this.isOpen) return;
    const due = new Map([...missed].filter(([topic, part]) => this.outbox.makeWay(topic, part)));
    if (due.size === 0) return;
    const lost = (topic: string) => this.#parts.lost(this, topic);
    this.#replay ??= new Replay({ ...this.#parts, outbox: this.outbox, share: this.share, lost });
    this.#replay.start(epoch, due);
  }

  /** @internal True where it gets the publication later, out of history. */
  withholds(publication: Publication): boolean {
    return this.#replay?.withholds(publication) === true;
  }

  /** @internal Those of its subscriptions that select the topic. */
  selecting(topic: string): string[] {
    return [...this.subscriptions].filter((selector) => matches(selector, topic));
  }

  /** @internal Forgets what was still to come by subscriptions that have ended, and by no other one. */
  forget(ended: readonly string[]): void {
    if (ended.length === 0 || !this.isBehind) return;
    // Mostly decided by those that ended, which are fewer.
    const isWanted = (topic: string) =>
      !ended.some((selector) => matches(selector, topic)) || this.selecting(topic).length > 0;
    this.outbox.retain(isWanted);
    this.#replay?.retain(isWanted);
  }

  /** @internal Forgets all that was still to come. */
  stop(): void {
    this.isOpen = false;
    this.#replay?.stop();
  }
}
