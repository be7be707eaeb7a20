import { Session } from "../../src/hub/session.ts";
import { CloseCode } from "../../src/protocol/codes.ts";
import type { TestMessage } from "../../src/testing/message.ts";
import { principal } from "../unit/hub/setup.ts";
import type { Client } from "./client.ts";
import { disagree } from "./disagreement.ts";
import type { Request } from "./request.ts";
import { SlowSocket } from "./socket.ts";
import type { Transcript } from "./transcript.ts";
import type { World } from "./world.ts";

// PROTOCOL.md, Slow consumers.
const [RESERVE, REPLAY_WINDOW] = [65_536, 65_536];

/** One connection of a client, both of its ends. */
export class Line {
  readonly #world: World;
  readonly #client: Client;
  readonly #transcript: Transcript;
  readonly #socket: SlowSocket;
  readonly #session: Session;
  /** What it sent and did not read the answer to. */
  readonly #asked: Request[] = [];
  readonly isSlow: boolean;
  /** True from the first publication of a replay. */
  #isReplayed = false;
  /** What the hub closed it with. */
  closeCode: number | undefined;
  /** True where an operator closes it. */
  isKicked = false;

  constructor(world: World, client: Client, isSlow: boolean) {
    this.#world = world;
    this.#client = client;
    this.isSlow = isSlow;
    this.#transcript = world.newTranscript();
    this.#socket = new SlowSocket({
      sent: (text) => {
        const message: TestMessage = world.ledger.written(text)?.message ?? JSON.parse(text);
        const kind = world.judge(() => {
          world.sending(client.user, text);
          if (!this.isOpen) disagree("something is sent after the close");
          const kind = this.#transcript.sent(message, text);
          if (kind === "conflated" && this.#socket.unsentBytes() > world.limit / 2)
            disagree("what waits for a slow reader is sent before it is ready");
          return kind;
        });
        this.#isReplayed ||= kind === "replayed";
        return { message, kind: kind ?? "control" };
      },
      closed: (code, reason) => world.judge(() => this.#closed(code, reason)),
    });
    const peer = { principal: principal(client.user), transport: this.#socket, hasSubprotocol: false };
    this.#session = new Session(world.policy, peer);
  }

  get isOpen(): boolean {
    return this.closeCode === undefined;
  }

  get selectors(): string[] {
    return this.#transcript.selectors;
  }

  get connection() {
    return this.#session.connection;
  }

  /** Sends a request. */
  ask(request: Request, message: object): void {
    if (!this.isOpen) return;
    this.#transcript.requests.push(request);
    this.#asked.push(request);
    this.#session.receive(JSON.stringify({ action: request.action, ...message, id: request.id }));
  }

  /** The client takes so many bytes, and reads what it has. */
  take(bytes = Number.POSITIVE_INFINITY): void {
    for (const message of this.#socket.take(bytes))
      this.#client.read(message, message.status === undefined ? undefined : this.#asked.shift());
  }

  /** Its socket is gone. */
  end(): void {
    this.#session.closed(this.closeCode ?? 1006, "");
  }

  /** Ends a subscription from the server's side. */
  revoke(selector: string): void {
    this.#transcript.revoked = selector;
    this.#world.hub.revoke(this.connection, selector, "forbidden");
    this.#transcript.revoked = undefined;
  }

  missing(readable: ReadonlyMap<string, number>): string | undefined {
    return this.#socket.unsentBytes() > 0 ? "something is unsent" : this.#transcript.missing(readable);
  }

  /** However slow it is, it makes the process hold only so much. */
  requireBound(): void {
    if (!this.isOpen) return;
    const { limit, largest } = this.#world;
    // Replies have a reserve. A replay has a window, which its last frame may pass.
    const window = this.#isReplayed ? REPLAY_WINDOW + largest : 0;
    const held = this.#socket.waiting("live", "conflated", "replayed") + this.#conflatedBytes();
    const all = held + this.#socket.waiting("control");
    if (held > limit + largest + window || all > limit + RESERVE + largest + window)
      disagree(`${this.#client.user} makes the hub hold ${held} bytes, ${all} with replies`);
  }

  #conflatedBytes(except?: string): number {
    const waiting = this.#transcript.conflated().filter(({ topic }) => topic !== except);
    return waiting.reduce((sum, { text }) => sum + text.length, 0);
  }

  #owed(): number {
    return this.#socket.waiting("live", "conflated", "control");
  }

  #closed(code: number, reason: string): void {
    this.#world.note(`  ${this.#client.user} closed with ${code} ${reason}`);
    this.closeCode ??= code;
    if (code === CloseCode.SlowConsumer) this.#world.counts.add("tooSlow");
    const isRight =
      code === CloseCode.SlowConsumer
        ? this.#isTooSlow(reason)
        : code === CloseCode.DisconnectedByOperator && this.isKicked;
    if (!isRight)
      disagree(`${this.#client.user} is closed with ${code} ${reason}, owed ${this.#owed()} bytes`);
  }

  /** True where what it is owed, with what is due to it now, is too much. */
  #isTooSlow(reason: string): boolean {
    // How many requests may wait is no matter of delivery.
    if (reason !== "Slow consumer") return true;
    const { limit, ledger, direct, largest } = this.#world;
    const { next } = ledger;
    const publication = next && this.#transcript.has(next.topic) ? next : undefined;
    const owed = this.#owed() + this.#conflatedBytes(publication?.topic);
    const isOver = (bytes: number, room: number) => owed > 0 && owed + bytes > room;
    if (isOver(direct, limit) || isOver(largest, limit + RESERVE)) return true;
    return publication !== undefined && isOver(publication.text.length, limit);
  }
}
