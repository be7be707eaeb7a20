import { within } from "../support/deadline.ts";
import { isReply, type Message, messagesOf } from "../support/message.ts";
import { matches } from "../support/pattern.ts";
import type { Closed, RawSocket } from "../support/raw-socket.ts";
import { encodeFrame } from "../support/ws-frames.ts";
import { excerpt, Fault } from "./fault.ts";
import { EPOCH, OWN_TOKENS, wellFormed } from "./grammar.ts";
import {
  isGranted,
  MESSAGE_BYTES,
  outcomeOf,
  type Standing,
  settle,
  type Verdict,
  verdictOf,
} from "./oracle.ts";
import { type Person, people } from "./people.ts";
import { openFor, PATIENCE, type Stage } from "./stage.ts";

const IN_FLIGHT = 32;
/** Two of each person, with the subprotocol and without. */
const LINES = people.length * 2;
const INVALID = ["invalid_json", "missing_field", "unknown_action", "invalid_message", "invalid_topic"];
const [INVALID_MESSAGES, INVALID_WINDOW_MS] = [20, 10_000];

/** Something to send, and its number in its batch where it is of one. */
interface Entry {
  text: string;
  at?: number;
}

/** Sends messages over several connections at once, each with many under way, and looks at all that comes. */
export async function playMessages(stage: Stage, inputs: readonly string[]): Promise<void> {
  const lines = Array.from({ length: Math.min(LINES, inputs.length) }, (_, line) => {
    const person = people[line % people.length];
    if (!person) throw new RangeError("There are no people");
    const entries = inputs.flatMap((text, at) =>
      at % LINES === line ? { text: sent(stage, person, text), at } : [],
    );
    return new Line(stage, person, line >= people.length, entries);
  });
  await Promise.all(lines.map((line) => line.play()));
}

/** The text with what its placeholders stand for, as it arrives. */
function sent({ epoch }: Stage, { grants }: Person, text: string): string {
  const [first = "", second = first] = grants.keys();
  const [own, other] = OWN_TOKENS;
  return wellFormed(text.replaceAll(EPOCH, epoch).replaceAll(`${own}`, first).replaceAll(`${other}`, second));
}

/** One place in the play: a connection of a person, and the next one once it is closed, until all has been answered. */
class Line {
  readonly #stage: Stage;
  readonly #person: Person;
  readonly #hasSubprotocol: boolean;
  readonly #waiting: Entry[];
  #pending: Entry[] = [];
  #standing!: Standing;
  #invalidAt: number[] = [];
  #socket!: RawSocket;
  #turn = Promise.withResolvers<void>();

  constructor(stage: Stage, person: Person, hasSubprotocol: boolean, entries: Entry[]) {
    this.#stage = stage;
    this.#person = person;
    this.#hasSubprotocol = hasSubprotocol;
    this.#waiting = entries;
  }

  async play(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#open();
      const closed = await this.#untilDone();
      if (closed) this.#judgeClose(closed);
      this.#waiting.unshift(...this.#pending);
      this.#pending = [];
    }
    await this.#leave();
  }

  async #open(): Promise<void> {
    const { user, token, grants: tokens } = this.#person;
    const grants = tokens.get(token) ?? { subscribe: [], publish: [] };
    this.#standing = { user, grants, tokens, subscriptions: new Set() };
    this.#invalidAt = [];
    this.#turn = Promise.withResolvers();
    const [socket, turn] = [await openFor(this.#stage, this.#person, this.#hasSubprotocol), this.#turn];
    this.#socket = socket;
    // So that there is something to be delivered, and to be renewed.
    if (grants.subscribe.length > 0)
      this.#waiting.unshift({ text: JSON.stringify({ action: "subscribe", topics: grants.subscribe }) });
    socket.onText((frame) => {
      try {
        for (const message of messagesOf(frame, this.#hasSubprotocol))
          if (isReply(message)) this.#takeReply(message);
          else this.#take(message);
        this.#send();
      } catch (error) {
        turn.reject(error);
      }
    });
    this.#send();
  }

  /** Undefined once all is answered; else how the connection ended before that. */
  async #untilDone(): Promise<Closed | undefined> {
    const late = () => `${this.#pending.length} replies, the first to ${excerpt(this.#pending[0]?.text)}`;
    const outcome = Promise.race([this.#turn.promise, this.#socket.closed]);
    try {
      return (await within(outcome, 4 * PATIENCE, late)) ?? undefined;
    } catch (error) {
      this.#socket.destroy();
      throw error instanceof Fault ? error : new Fault((error as Error).message, this.#pending[0]?.at);
    }
  }

  /** Fills up what is under way, in one write, once half of it was answered. */
  #send(): void {
    if (this.#pending.length > IN_FLIGHT / 2) return;
    const fresh = this.#waiting.splice(0, IN_FLIGHT - this.#pending.length);
    this.#pending.push(...fresh);
    if (fresh.length > 0) this.#socket.sendBytes(Buffer.concat(fresh.map(({ text }) => encodeFrame(text))));
    if (this.#pending.length === 0) this.#turn.resolve();
  }

  #take(message: Message): void {
    const { type, topic = "", direct } = message;
    if (type === "unsubscribed") this.#standing.subscriptions.delete(topic);
    if (message.data === undefined || direct) return;
    const { grants, subscriptions } = this.#standing;
    this.#stage.counts.add("publications delivered");
    if (!isGranted(grants.subscribe, topic)) throw new Fault(`${this.#person.user} got ${excerpt(message)}`);
    if (![...subscriptions].some((name) => matches(name, topic)))
      throw new Fault(
        `${this.#person.user}, subscribed to ${excerpt([...subscriptions])}, got ${excerpt(message)}`,
      );
  }

  #takeReply(reply: Message): void {
    const { counts, hasDefaultRates } = this.#stage;
    const entry = this.#pending.shift();
    if (!entry) throw new Fault(`a reply to nothing: ${excerpt(reply)}`);
    const verdict = verdictOf(entry.text, this.#standing);
    const outcome = outcomeOf(reply);
    const isLimited = hasDefaultRates && outcome === "rate_limited";
    const fault = isLimited ? undefined : this.#faultOf(verdict, outcome, reply);
    const repeats = fault ?? echoFault(verdict, reply);
    if (repeats)
      throw new Fault(`${repeats}: ${excerpt(entry.text)} was answered ${excerpt(reply)}`, entry.at);
    counts.add(`reply ${outcome}`);
    if (INVALID.includes(outcome)) this.#invalidAt.push(performance.now());
  }

  #faultOf(verdict: Verdict, outcome: string, reply: Message): string | undefined {
    if (!verdict.outcomes.includes(outcome)) return `${verdict.outcomes.join(" or ")} was due`;
    if (outcome !== "success" && typeof reply.message !== "string") return "an error says nothing";
    return settle(verdict, reply, this.#standing);
  }

  #judgeClose({ code, reason }: Closed): void {
    const { counts } = this.#stage;
    counts.add(`close ${code}`);
    const [first] = this.#pending;
    // What is on its way when the server has closed may be answered with an RST, which takes along what the
    // server sent last.
    const isTooLong = (code === 1009 || code === 1006) && this.#dropTooLong();
    const unanswered = code === 1006 ? this.#pending.filter(({ text }) => this.#isInvalid(text)).length : 0;
    const isTooWrong =
      (code === 4500 || code === 1006) && this.#invalidAt.length + unanswered >= INVALID_MESSAGES;
    if (code === 4001) this.#pending.shift();
    else if (!isTooLong && !isTooWrong)
      throw new Fault(
        `closed with ${code} ${reason} before ${excerpt(first?.text)} was answered, after ${this.#invalidAt.length} invalid ones`,
        first?.at,
      );
  }

  #isInvalid(text: string): boolean {
    return verdictOf(text, this.#standing).outcomes.some((outcome) => INVALID.includes(outcome));
  }

  /** Takes away what a close with 1009 is the answer to; false where it is the answer to nothing. */
  #dropTooLong(): boolean {
    const at = this.#pending.findIndex(({ text }) => Buffer.byteLength(text) > MESSAGE_BYTES);
    if (at >= 0) this.#pending.splice(at, 1);
    return at >= 0;
  }

  /** Half of them close in order, the others are gone. */
  async #leave(): Promise<void> {
    const invalid = this.#invalidAt.slice(-INVALID_MESSAGES);
    const isDue =
      invalid.length === INVALID_MESSAGES && performance.now() - (invalid[0] ?? 0) < INVALID_WINDOW_MS / 2;
    if (!this.#hasSubprotocol && !isDue) return this.#socket.destroy();
    const { code } = await this.#socket.close(1000, "", PATIENCE).catch((error: Error) => {
      throw new Fault(error.message);
    });
    this.#socket.destroy();
    if (code !== (isDue ? 4500 : 1000) && code !== 1006)
      throw new Fault(`closed with ${code} after ${this.#invalidAt.length} invalid messages`);
  }
}

function echoFault({ echo }: Verdict, reply: Message): string | undefined {
  const [due, got] = [echo, reply].map(({ action, topic, id }) => JSON.stringify([action, topic, id]));
  return due === got ? undefined : `${due} was to be repeated`;
}
