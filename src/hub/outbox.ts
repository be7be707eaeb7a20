import { CloseCode } from "../protocol/codes.ts";
import { isLongerThan } from "../protocol/json.ts";
import type { ControlMessage } from "../protocol/server-message.ts";
import { Backlog } from "./backlog.ts";
import type { Clock } from "./clock.ts";
import { Conflation } from "./conflation.ts";
import { type Frame, jsonWire, type Wire } from "./frame.ts";
import type { Pacer } from "./pacer.ts";
import type { Missed } from "./resume.ts";
import type { Transport } from "./transport.ts";
import { Uptake } from "./uptake.ts";

/** Room that replies and control messages have beyond the limit, in bytes. PROTOCOL.md, Slow consumers. */
const CONTROL_RESERVE = 65_536;
/** A replay goes on while less than this is unsent, in bytes. */
const REPLAY_WINDOW = 65_536;
/**
 * Past so many unsent bytes the socket is given no more until it has sent some: runtimes copy what they are given, one
 * copy a socket, and some of them try to write all of it anew each time (scripts/faults/slow-readers.ts).
 */
const SOCKET_BYTES = 262_144;
// A peer that does not answer a close is dropped after this long.
const CLOSE_GRACE_MS = 3_000;

/** What an outbox is made of. */
export interface OutboxOptions {
  transport: Transport;
  /** Unsent bytes past which a publication is refused. */
  limit: number;
  clock: Clock;
  pacer: Pacer;
  /** JSON unless given. */
  wire?: Wire | undefined;
}

/**
 * What one connection is owed. Everything for a connection passes here, in order, its close too, so this is
 * where the limit on unsent bytes holds.
 */
export class Outbox {
  readonly #transport: Transport;
  readonly #uptake: Uptake;
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #pacer: Pacer;
  readonly #wire: Wire;
  /** These are made when they are needed: most readers are never slow. */
  #backlog: Backlog | undefined;
  #conflation: Conflation | undefined;
  readonly #flush = () => this.#flushed();
  #cancelGrace = () => {};
  /** Bytes of replays that may still be unsent: those do not count. */
  #replayed = 0;

  constructor({ transport, limit, clock, pacer, wire = jsonWire }: OutboxOptions) {
    this.#transport = transport;
    this.#uptake = new Uptake(transport);
    this.#limit = limit;
    this.#clock = clock;
    this.#pacer = pacer;
    this.#wire = wire;
  }

  /** Queues a publication, or keeps it in the place of one before it; false where the reader is too slow even for that. */
  publication(frame: Frame): boolean {
    const { topic, isLatest } = frame;
    if (!isLatest || topic === undefined) return this.#push(this.#wire.publication(frame), this.#limit);
    // Half of the limit at most is queued, so that there is room for the newest that wait.
    const unsent = this.#transport.unsentBytes();
    if (!this.#conflation?.has(topic) && this.#hasRoom(frame.text, this.#limit / 2, unsent)) {
      this.#queue(this.#wire.publication(frame), unsent);
      return true;
    }
    this.#conflation ??= new Conflation();
    this.#conflation.add(topic, frame);
    this.#pacer.add(this.#flush);
    const owed = this.#owed(unsent);
    // One larger than the limit may wait where it is all that does.
    return owed <= this.#limit || owed === frame.text.length;
  }

  /** Queues a reply or a control message; false where even the reserve is used up. */
  control(message: ControlMessage): boolean {
    return this.#push(this.#wire.control(message), this.#limit + CONTROL_RESERVE);
  }

  /** True where a replay may go on: what was queued before it, the reply among that, comes first. */
  get hasReplayRoom(): boolean {
    return this.#transport.unsentBytes() < REPLAY_WINDOW && this.#backlog?.isEmpty !== false;
  }

  /** Sends a publication of a replay; there MUST be room. */
  replay(frame: Frame): void {
    const unsent = this.#transport.unsentBytes();
    this.#uptake.send(this.#wire.publication(frame));
    const added = Math.max(this.#transport.unsentBytes() - unsent, 0);
    this.#replayed = Math.min(this.#replayed, unsent) + added;
  }

  /** Makes way for a replay of a topic; false where what waits of the topic is all that is to be sent. */
  makeWay(topic: string, { after, isCurrent }: Missed): boolean {
    if (isCurrent) return this.#conflation?.has(topic) !== true;
    const waiting = this.#conflation?.take(topic);
    if (!waiting) return true;
    // The replay brings what waits, and of what was left out what comes after that position.
    const brought = Math.max((waiting.frame.position?.offset ?? 0) - after - 1, 0);
    this.#tellGap(topic, waiting.skipped - brought);
    return true;
  }

  /** Forgets what waits of the topics that this is false for. */
  retain(isWanted: (topic: string) => boolean): void {
    this.#conflation?.retain(isWanted);
  }

  unsentBytes(): number {
    return this.#transport.unsentBytes() + (this.#backlog?.bytes ?? 0);
  }

  /** True while something of it is not in the socket's hands yet. */
  get isBehind(): boolean {
    return this.#backlog?.isEmpty === false || this.#conflation?.isEmpty === false;
  }

  /** True where the peer took some of what was unsent when this was last asked. */
  hasTaken(): boolean {
    return this.#uptake.hasTaken();
  }

  /** Starts the closing handshake after what was queued, and drops the socket where the peer does not answer. */
  close(code: number, reason: string): void {
    // Who takes nothing gets no more of it.
    const isGivenUp = code === CloseCode.SlowConsumer || code === CloseCode.NoHeartbeat;
    for (let text = this.#backlog?.shift(); text !== undefined && !isGivenUp; text = this.#backlog?.shift())
      this.#transport.send(text);
    this.#stop();
    // Before the close: on Bun the socket says that it has closed from inside that call.
    if (this.#transport.canTerminate)
      this.#cancelGrace = this.#clock.after(CLOSE_GRACE_MS, () => this.#transport.terminate());
    this.#transport.close(code, reason);
  }

  /** Says that the socket is closed. */
  closed(): void {
    this.#stop();
    this.#cancelGrace();
  }

  #stop(): void {
    this.#backlog = undefined;
    this.#conflation = undefined;
    this.#pacer.remove(this.#flush);
  }

  #push(text: string, limit: number): boolean {
    const unsent = this.#transport.unsentBytes();
    if (!this.#hasRoom(text, limit, unsent)) return false;
    this.#queue(text, unsent);
    return true;
  }

  // The socket is asked once for each text: for some that is the dearest part.
  #hasRoom(text: string, limit: number, unsent: number): boolean {
    const owed = this.#owed(unsent);
    // A frame larger than the limit still goes to a reader that owes nothing.
    return owed === 0 || !isLongerThan(text, limit - owed);
  }

  /** Bytes that count: all that are held for the reader, but for those of replays. */
  #owed(unsent: number): number {
    this.#replayed = Math.min(this.#replayed, unsent);
    return unsent - this.#replayed + (this.#backlog?.bytes ?? 0) + (this.#conflation?.size ?? 0);
  }

  #queue(text: string, unsent = this.#transport.unsentBytes()): void {
    const isFree = this.#backlog?.isEmpty !== false && unsent < SOCKET_BYTES;
    if (isFree) {
      this.#uptake.send(text);
      return;
    }
    this.#backlog ??= new Backlog();
    this.#backlog.push(text);
    this.#pacer.add(this.#flush);
  }

  /** Hands on what waits, as the reader takes it; true once nothing does. */
  #flushed(): boolean {
    while (this.#transport.unsentBytes() < SOCKET_BYTES) {
      const text = this.#backlog?.shift();
      if (text === undefined) break;
      this.#uptake.send(text);
    }
    while (this.unsentBytes() <= this.#limit / 4) {
      const next = this.#conflation?.shift();
      if (!next) return this.#backlog?.isEmpty !== false;
      const { topic, frame, skipped } = next;
      this.#tellGap(topic, skipped);
      this.#queue(this.#wire.publication(frame));
    }
    return !this.isBehind;
  }

  #tellGap(topic: string, skipped: number): void {
    if (skipped > 0) this.#queue(this.#wire.control({ type: "gap", topic, skipped }));
  }
}
