import type { TopicRules } from "../../src/hub/topic-rules.ts";
import type { Since } from "../../src/protocol/client-message.ts";
import { matches } from "../../src/protocol/topic.ts";
import type { TestMessage } from "../../src/testing/message.ts";
import type { Counts } from "../support/counts.ts";
import { disagree } from "./disagreement.ts";
import type { Entry, Ledger } from "./ledger.ts";
import { offsetIn, positionFault } from "./positions.ts";
import { TOPICS } from "./profile.ts";
import { type Request, resultsOf } from "./request.ts";
import type { Kind } from "./socket.ts";

/** What one connection is to get of one topic. */
interface Course {
  /** How many publications of the topic it has had: the next one MUST be the one after them. */
  at: number;
  /** True while it is sent what it missed. */
  isReplayed: boolean;
  /** The value of a topic of size 1 that it is to get as well, or a newer one. */
  current: number | undefined;
  /** How many it was told to be left out before the next one. */
  skipped: number;
}

/** Everything that one connection was sent, each message judged in the moment in which it is sent. */
export class Transcript {
  readonly #ledger: Ledger;
  readonly #rules: TopicRules;
  readonly #counts: Counts;
  readonly #selectors = new Set<string>();
  readonly #courses = new Map<string, Course>();
  #lastLive = -1;
  /** What was not answered yet. */
  readonly requests: Request[] = [];
  /** What somebody is ending for it. */
  revoked: string | undefined;

  constructor(ledger: Ledger, rules: TopicRules, counts: Counts) {
    this.#ledger = ledger;
    this.#rules = rules;
    this.#counts = counts;
  }

  /** Judges a message, and tells what it is. */
  sent(message: TestMessage, text: string): Kind {
    if (message.status !== undefined) this.#replied(message);
    else if (message.type === "gap") this.#left(message);
    else if (message.type === "unsubscribed") this.#revoked(message);
    else if (message.direct === undefined) return this.#published(text);
    else return "live";
    return "control";
  }

  has(topic: string): boolean {
    return this.#courses.has(topic);
  }

  /** What it is subscribed to. */
  get selectors(): string[] {
    return [...this.#selectors];
  }

  /** The newest of each topic of which the rest was left out, because it is slow. */
  conflated(): Entry[] {
    return [...this.#courses].flatMap(([topic, { at, isReplayed }]) => {
      const newest = this.#ledger.of(topic)[this.#ledger.deliveredOf(topic) - 1];
      return newest && newest.at >= at && !isReplayed && this.#rules.isLatest(topic) ? [newest] : [];
    });
  }

  /** What it was not sent of what it is to get, as a sentence. */
  missing(readable: ReadonlyMap<string, number>): string | undefined {
    const [request] = this.requests;
    if (request) return `request ${request.id} was not answered`;
    for (const [topic, { at, current }] of this.#courses) {
      const all = this.#ledger.of(topic);
      if (at < all.length) return `of ${topic}, ${all.length - at} of ${all.length} were not sent`;
      if (current !== undefined && readable.get(topic) === all[current]?.offset)
        return `the current value of ${topic} was not sent`;
    }
    return undefined;
  }

  #replied(reply: TestMessage): void {
    const request = this.requests.shift();
    if (!request || reply.id !== request.id)
      disagree(`reply ${reply.id} comes before ${request?.id}: ${JSON.stringify(reply)}`);
    if (request.action === "publish") this.#accepted(request, reply);
    if (reply.status !== "success") disagree(`refused: ${JSON.stringify(reply)}`);
    for (const [selector, result] of resultsOf(reply)) {
      if (request.action === "subscribe") this.#began(selector, request.selections.get(selector), result);
      if (request.action === "unsubscribe") this.#end(selector);
    }
  }

  #accepted({ number = 0 }: Request, { topic, epoch, offset }: TestMessage): void {
    const entry = this.#ledger.numbered(number);
    const expected = entry?.offset === undefined ? undefined : this.#ledger.epoch;
    if (topic !== entry?.topic || offset !== entry?.offset || epoch !== expected)
      disagree(`what was published as ${entry?.topic}#${entry?.offset} is answered as ${topic}#${offset}`);
  }

  #began(selector: string, since: Since | undefined, result: TestMessage): void {
    const fault = positionFault(selector, since, result, this.#ledger);
    if (fault) disagree(fault);
    if (since) this.#counts.add(result.recovered === true ? "recovered" : "notRecovered");
    this.#selectors.add(selector);
    for (const topic of TOPICS.filter((it) => matches(selector, it))) {
      const delivered = this.#ledger.deliveredOf(topic);
      const course = this.#courses.get(topic) ?? {
        at: delivered,
        isReplayed: false,
        current: undefined,
        skipped: 0,
      };
      this.#courses.set(topic, course);
      if (!this.#rules.historyOf(topic)) continue;
      if (since && result.recovered === true) {
        course.at = Math.min(course.at, this.#ledger.upTo(topic, offsetIn(since, topic)));
        course.isReplayed ||= this.#ledger.upTo(topic, offsetIn(since, topic)) < delivered;
      }
      this.#owesValue(selector, topic, course);
    }
  }

  #owesValue(selector: string, topic: string, course: Course): void {
    const extent = this.#ledger.standings.get(selector)?.topics?.get(topic);
    if (this.#rules.historyOf(topic)?.size !== 1 || !extent || extent.first > extent.last) return;
    const newest = this.#ledger.upTo(topic, extent.last) - 1;
    // Sent again where it was sent; what it did not have yet is to come in any case.
    if (newest < course.at) course.current = newest;
  }

  #published(text: string): Kind {
    const entry = this.#ledger.written(text);
    if (!entry) disagree(`nobody published ${text.slice(0, 200)}`);
    const { topic, index, at } = entry;
    const course = this.#courses.get(topic);
    if (!course) disagree(`${topic} comes without a subscription`);
    const isLive = index === this.#ledger.next?.index;
    if (isLive && index <= this.#lastLive) disagree(`${topic} comes twice`);
    if (isLive) this.#lastLive = index;
    const isReplay = !isLive && (course.isReplayed || course.current === at);
    const kind = isLive ? "live" : isReplay ? "replayed" : "conflated";
    this.#counts.add(kind);
    if (at < course.at && at !== course.current) disagree(`${topic}#${entry.offset} comes again`);
    const left = Math.max(at - course.at, 0);
    if (left !== course.skipped)
      disagree(`before ${topic}#${entry.offset} ${left} were left out, and ${course.skipped} were told`);
    course.at = Math.max(course.at, at + 1);
    if (isReplay && this.#isAnyOlder(index)) disagree(`${topic}#${entry.offset} comes before what is older`);
    course.skipped = 0;
    if (course.current !== undefined && course.current <= at) course.current = undefined;
    if (course.at >= this.#ledger.deliveredOf(topic)) course.isReplayed = false;
    return kind;
  }

  /** True where another topic of a replay has something older to come. */
  #isAnyOlder(index: number): boolean {
    return [...this.#courses].some(([topic, { at, skipped, isReplayed }]) => {
      const next = this.#ledger.of(topic)[at + skipped];
      return isReplayed && next !== undefined && next.index < index;
    });
  }

  #left({ topic, skipped }: TestMessage): void {
    const course = this.#courses.get(String(topic));
    if (!course || course.skipped > 0 || !(Number(skipped) > 0))
      disagree(`a gap of ${skipped} in ${topic} is told without a cause`);
    if (!this.#rules.isLatest(String(topic))) disagree(`a gap is told in ${topic}`);
    course.skipped = Number(skipped);
    this.#counts.add("skipped", Number(skipped));
  }

  #revoked({ topic, code }: TestMessage): void {
    const selector = String(topic);
    const isLost = TOPICS.some((it) => {
      const course = matches(selector, it) ? this.#courses.get(it) : undefined;
      const isPending = course?.isReplayed || course?.current !== undefined;
      return isPending && this.#ledger.isGone(it, course?.at ?? 0);
    });
    if (code === "position_lost" ? !isLost : selector !== this.revoked)
      disagree(`${selector} is ended with ${code}`);
    if (code === "position_lost") this.#counts.add("lostPositions");
    this.#end(selector);
  }

  #end(selector: string): void {
    this.#selectors.delete(selector);
    for (const topic of this.#courses.keys())
      if (![...this.#selectors].some((it) => matches(it, topic))) this.#courses.delete(topic);
  }
}
