import { within } from "../support/deadline.ts";
import { isReply, type Message, messagesOf } from "../support/message.ts";
import { matches } from "../support/pattern.ts";
import type { Closed, RawSocket } from "../support/raw-socket.ts";
import { encodeFrame } from "../support/ws-frames.ts";
import { excerpt, Fault } from "./fault.ts";
import {
  isGranted,
  MESSAGE_BYTES,
  outcomeOf,
  type Standing,
  settle,
  type Verdict,
  verdictOf,
} from "./oracle.ts";
import type { Person } from "./people.ts";
import { PATIENCE, type Stage } from "./stage.ts";

const IN_FLIGHT = 32;
const INVALID = ["invalid_json", "missing_field", "unknown_action", "invalid_message", "invalid_topic"];
const [INVALID_MESSAGES, INVALID_WINDOW_MS] = [20, 10_000];

/** Something to send, and its number in its batch where it is of one. */
export interface Entry {
  text: string;
  at?: number;
}

/** One connection of a person: sends what is waiting, with many under way, and looks at all that comes. */
export class Line {
  readonly #stage: Stage;
  readonly #socket: RawSocket;
  readonly #waiting: Entry[];
  readonly #standing: Standing;
  readonly #isDone = Promise.withResolvers<void>();
  #pending: Entry[] = [];
  #invalidAt: number[] = [];

  /** @param waiting What is sent is taken out of it, and put back where the connection ends without an answer. */
  constructor(stage: Stage, { user, token, grants: tokens }: Person, socket: RawSocket, waiting: Entry[]) {
    const grants = tokens.get(token) ?? { subscribe: [], publish: [] };
    this.#stage = stage;
    this.#socket = socket;
    this.#waiting = waiting;
    this.#standing = { user, grants, tokens, subscriptions: new Set() };
    // So that there is something to be delivered, and to be renewed.
    if (grants.subscribe.length > 0)
      waiting.unshift({ text: JSON.stringify({ action: "subscribe", topics: grants.subscribe }) });
  }

  /** Until all has been answered; false where the server closed before that, for a reason. Throws a `Fault`. */
  async play(): Promise<boolean> {
    this.#socket.onText((frame) => {
      try {
        for (const message of messagesOf(frame, false))
          if (isReply(message)) this.#takeReply(message);
          else this.#take(message);
        this.#send();
      } catch (error) {
        this.#isDone.reject(error);
      }
    });
    this.#send();
    const late = () => `${this.#pending.length} replies, the first to ${excerpt(this.#pending[0]?.text)}`;
    const outcome = Promise.race([this.#isDone.promise, this.#socket.closed]);
    try {
      const closed = await within(outcome, 2 * PATIENCE, late);
      if (!closed) return true;
      this.#judgeClose(closed);
      this.#waiting.unshift(...this.#pending);
      return false;
    } catch (error) {
      this.#socket.destroy();
      const { message, at } =
        error instanceof Fault ? error : { ...this.#pending[0], message: String(error) };
      throw new Fault(`${this.#standing.user}: ${message}`, at);
    }
  }

  /** Closes in order, and looks how that is answered; or is just gone. */
  async leave(isInOrder: boolean): Promise<void> {
    const invalid = this.#invalidAt.slice(-INVALID_MESSAGES);
    const span = performance.now() - (invalid[0] ?? 0);
    const isDue = invalid.length === INVALID_MESSAGES && span < INVALID_WINDOW_MS / 2;
    if (!isInOrder && !isDue) return this.#socket.destroy();
    const { code } = await this.#socket.close(1000, "", PATIENCE).catch((error: Error) => {
      throw new Fault(error.message);
    });
    this.#socket.destroy();
    if (code !== (isDue ? 4500 : 1000) && code !== 1006)
      throw new Fault(`closed with ${code} after ${this.#invalidAt.length} invalid messages`);
  }

  /** Fills up what is under way, in one write, once half of it was answered. */
  #send(): void {
    if (this.#pending.length > IN_FLIGHT / 2) return;
    const fresh = this.#waiting.splice(0, IN_FLIGHT - this.#pending.length);
    this.#pending.push(...fresh);
    if (fresh.length > 0) this.#socket.sendBytes(Buffer.concat(fresh.map(({ text }) => encodeFrame(text))));
    if (this.#pending.length === 0) this.#isDone.resolve();
  }

  #take(message: Message): void {
    const { type, topic = "", direct } = message;
    const { grants, subscriptions } = this.#standing;
    if (type === "unsubscribed") subscriptions.delete(topic);
    if (message.data === undefined || direct) return;
    this.#stage.counts.add("publications delivered");
    if (!isGranted(grants.subscribe, topic)) throw new Fault(`was given ${excerpt(message)}`);
    if (![...subscriptions].some((name) => matches(name, topic)))
      throw new Fault(`subscribed to ${excerpt([...subscriptions])}, and got ${excerpt(message)}`);
  }

  #takeReply(reply: Message): void {
    const { counts, hasDefaultRates } = this.#stage;
    const entry = this.#pending.shift();
    if (!entry) throw new Fault(`a reply to nothing: ${excerpt(reply)}`);
    const verdict = verdictOf(entry.text, this.#standing);
    const outcome = outcomeOf(reply);
    const isLimited = hasDefaultRates && outcome === "rate_limited";
    const fault =
      (isLimited ? undefined : this.#faultOf(verdict, outcome, reply)) ?? echoFault(verdict, reply);
    if (fault) throw new Fault(`${fault}: ${excerpt(entry.text)} was answered ${excerpt(reply)}`, entry.at);
    counts.add(`reply ${outcome}`);
    if (INVALID.includes(outcome)) this.#invalidAt.push(performance.now());
  }

  #faultOf(verdict: Verdict, outcome: string, reply: Message): string | undefined {
    if (!verdict.outcomes.includes(outcome)) return `${verdict.outcomes.join(" or ")} was due`;
    if (outcome !== "success" && typeof reply.message !== "string") return "an error says nothing";
    return settle(verdict, reply, this.#standing);
  }

  #judgeClose({ code, reason }: Closed): void {
    this.#stage.counts.add(`close ${code}`);
    // What is on its way when the server has closed may be answered with an RST, which takes along what the server
    // sent last.
    const unanswered = code === 1006 ? this.#pending.filter(({ text }) => this.#isInvalid(text)).length : 0;
    const isTooWrong = this.#invalidAt.length + unanswered >= INVALID_MESSAGES;
    const isTooLong = (code === 1009 || code === 1006) && this.#dropTooLong();
    if (isTooLong || ((code === 4500 || code === 1006) && isTooWrong)) return;
    const dropped = this.#pending[0];
    if (code !== 4001)
      throw new Fault(
        `closed with ${code} ${reason} before ${excerpt(dropped?.text)} was answered`,
        dropped?.at,
      );
    // Were it sent again with all that came after it, it might be too much again.
    this.#pending.shift();
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
}

function echoFault({ echo }: Verdict, reply: Message): string | undefined {
  const [due, got] = [echo, reply].map(({ action, topic, id }) => JSON.stringify([action, topic, id]));
  return due === got ? undefined : `${due} was to be repeated`;
}
