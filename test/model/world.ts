import { IdempotencyKeys } from "../../src/hub/idempotency.ts";
import type { SessionPolicy } from "../../src/hub/session.ts";
import { TopicHub } from "../../src/hub/topic-hub.ts";
import { type TopicRules, topicRules } from "../../src/hub/topic-rules.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import type { Counts } from "../support/counts.ts";
import { Random } from "../support/random.ts";
import { observedBroker, READ_FAILURE } from "./broker.ts";
import { Client } from "./client.ts";
import { Ledger } from "./ledger.ts";
import { Line } from "./line.ts";
import { nest, onDisconnect } from "./nesting.ts";
import { CLIENTS, type Profile, profileOf, TOPICS } from "./profile.ts";
import { Transcript } from "./transcript.ts";

/** A hub, its clients, and what is known of them. */
export class World {
  readonly profile: Profile;
  readonly clock = new ManualClock(1_795_376_400_000);
  readonly ledger = new Ledger();
  readonly counts: Counts;
  readonly rules: TopicRules;
  readonly hub: TopicHub;
  readonly policy: SessionPolicy;
  readonly clients: readonly Client[];
  /** The connections that are there. */
  readonly lines = new Map<Client, Line>();
  /** Where chance comes from at this moment. */
  random: Random;
  /** The longest that was sent. */
  largest = 0;
  /** The length of what is being sent past all topics. */
  direct = 0;
  /** What the hub reported first, and ought not to. */
  fault: unknown;
  readonly #note: (line: string) => void;
  /** What was published in process. */
  readonly #published: number[] = [];
  #numbers = 0;
  #requests = 0;

  constructor(seed: number, counts: Counts, note: (line: string) => void) {
    this.random = new Random(seed);
    this.counts = counts;
    this.#note = note;
    const { ledger, clock } = this;
    const profile = profileOf(this.random);
    this.profile = profile;
    this.rules = topicRules(profile.rules);
    this.hub = new TopicHub({
      broker: observedBroker(ledger, profile, new Random(~seed)),
      topics: profile.rules,
      limits: { kept_topics: profile.kept_topics, kept_bytes: profile.kept_bytes },
      clock,
      onDisconnect: () => onDisconnect(this),
      onError: (error) => {
        if (!(error instanceof Error && error.message === READ_FAILURE)) this.fault ??= error;
      },
    });
    this.policy = policyOf(this.hub, profile);
    this.clients = Array.from({ length: CLIENTS }, (_, at) => new Client(`client ${at}`, ledger));
    if (profile.isNested) nest(this);
    this.hub.listen("*", ({ topic, position }) => ledger.delivered(topic, position?.offset), {
      passive: true,
    });
  }

  get limit(): number {
    return this.profile.unsent_bytes;
  }

  newTranscript(): Transcript {
    return new Transcript(this.ledger, this.rules, this.counts);
  }

  note(line: string): void {
    this.#note(line);
  }

  sending(user: string, text: string): void {
    this.largest = Math.max(this.largest, text.length);
    this.#note(`    ${user} < ${text}`);
  }

  connect(client: Client): Line {
    const line = new Line(this, client, this.random.below(100) < this.profile.slow);
    this.lines.set(client, line);
    return line;
  }

  /** The client notices that its connection is gone, or lets go of it. */
  disconnect(client: Client): void {
    this.lines.get(client)?.end();
    this.lines.delete(client);
    client.disconnected();
  }

  /** Data for one more publication. */
  newData(): { number: number; fill: string } {
    const number = this.#numbers++;
    return { number, fill: fill(this.random.of(this.profile.lengths)) };
  }

  publish(topic: string): number {
    const data = this.newData();
    this.#published.push(data.number);
    this.#note(`  publish ${topic} ${data.number}, ${data.fill.length} long`);
    const judge = (offset: number | undefined) => {
      if (this.ledger.numbered(data.number)?.offset !== offset)
        this.fault ??= new Error(`${topic} ${data.number} is said to be at ${offset}`);
    };
    this.hub.publish(topic, data).then(
      ({ offset }) => judge(offset),
      (error) => {
        this.fault ??= error;
      },
    );
    return data.number;
  }

  /** Keeps what is thrown for the end of the step: no socket may throw. */
  judge<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.fault ??= error;
      return undefined;
    }
  }

  newId(): number {
    return ++this.#requests;
  }

  /** Looks at what came of a step: who reads fast reads, and who was closed notices or does not yet. */
  look(random: Random): void {
    if (this.fault) throw this.fault;
    for (const [client, line] of this.lines) {
      if (!line.isSlow) line.take();
      line.requireBound();
      if (line.isOpen || random.below(3) === 0) continue;
      if (random.below(2) === 0) line.take();
      this.disconnect(client);
    }
  }

  /** Everybody takes everything. */
  takeAll(): void {
    if (this.fault) throw this.fault;
    for (const [client, line] of this.lines) {
      line.take();
      if (!line.isOpen) this.disconnect(client);
    }
  }

  /** An operator ends a connection. */
  kick(line: Line | undefined): void {
    if (!line?.isOpen) return;
    line.isKicked = true;
    void this.hub.disconnectConnection(line.connection.id);
  }

  /** What somebody did not get of what is theirs, as a sentence. */
  async missing(): Promise<string | undefined> {
    const lost = this.#published.find((number) => !this.ledger.numbered(number));
    if (lost !== undefined) return `${lost} was not accepted`;
    const readable = new Map<string, number>();
    for (const topic of TOPICS) {
      const newest = (await this.hub.history(topic, { limit: 1 }))?.publications[0];
      if (newest) readable.set(topic, newest.position?.offset ?? 0);
    }
    for (const [client, line] of this.lines) {
      const missing = line.missing(readable);
      if (missing) return `${client.user}: ${missing}`;
    }
    return this.#surplus();
  }

  /** What the hub still holds of those that are gone, as a sentence. */
  #surplus(): string | undefined {
    const held = [...this.lines.values()].flatMap(({ selectors }) => selectors);
    const { size } = new Set([...held, "*", ...(this.profile.isNested ? ["a:*"] : [])]);
    const { topics, connections } = this.hub.size;
    if (topics === size && connections === this.lines.size) return undefined;
    return `the hub holds ${topics} topics, not ${size}, and ${connections} connections, not ${this.lines.size}`;
  }
}

const fills = new Map<number, string>();

function fill(length: number): string {
  const found = fills.get(length) ?? "x".repeat(length);
  fills.set(length, found);
  return found;
}

function policyOf(hub: TopicHub, { unsent_bytes }: Profile): SessionPolicy {
  return {
    hub,
    limits: {
      message_bytes: 1_000_000,
      json_depth: 8,
      subscriptions: 100,
      messages_per_second: 1_000_000,
      message_burst: 1_000_000,
      unsent_bytes,
    },
    idempotency: new IdempotencyKeys(100, hub.clock),
    authorize: () => true,
    authenticate: () => Promise.reject(new Error("Nobody signs in again")),
    welcome: { version: "0", ping_interval_ms: 25_000 },
  };
}
