import * as v from "valibot";
import { checked } from "../protocol/checked.ts";
import { strictRecord } from "../protocol/strict-record.ts";
import { covers, matches, selectorFault } from "../protocol/topic.ts";
import { wholeNumber } from "../protocol/whole-number.ts";

const SELECTOR = "a topic, or a pattern with '*' at its end";
const RULES = ["disconnect", "latest"] as const;

/** What is kept of a topic. */
const History = strictRecord({ size: wholeNumber(1, 1_000_000), ttl_s: wholeNumber(1, 31_536_000) });

/** How topics are delivered. PROTOCOL.md, Configuration. */
export const TopicRulesConfig = v.array(
  strictRecord({
    match: v.pipe(
      v.string(SELECTOR),
      v.check((match) => selectorFault(match) === undefined, SELECTOR),
    ),
    history: v.optional(History),
    slow: v.optional(v.picklist(RULES, RULES.join(", ")), "disconnect"),
  }),
  "a list of rules",
);

/** What is kept of a topic. */
export interface HistoryRule {
  /** The newest so many publications, */
  size: number;
  /** each for so long, in seconds. */
  ttl_s: number;
}

/** How the topics that match are delivered; the names are those of the configuration file. */
export interface TopicRuleInput {
  /** A topic, or a pattern. */
  match: string;
  /** Nothing is kept unless given. */
  history?: HistoryRule | undefined;
  /** What becomes of a reader too slow: disconnected unless given, or sent the newest once it is ready. */
  slow?: "disconnect" | "latest" | undefined;
}

/** A rule with its defaults filled in. */
export type TopicRule = TopicRuleInput & Required<Pick<TopicRuleInput, "slow">>;

/** How much of what a pattern selects is kept. */
export type Coverage = "all" | "some" | "none";

/** The rules of a hub's topics: of those that match a topic the first counts. */
export class TopicRules {
  readonly rules: readonly TopicRule[];
  /** Those that count for some topic: no earlier one matches all that they do. */
  readonly #counting: readonly TopicRule[];

  constructor(rules: readonly TopicRule[]) {
    this.rules = rules;
    this.#counting = rules.filter(
      ({ match }, at) => !rules.slice(0, at).some((before) => covers(before.match, match)),
    );
  }

  historyOf(topic: string): HistoryRule | undefined {
    return this.#of(topic)?.history;
  }

  /** True where a reader who is too slow gets the newest of the topic, in place of being disconnected. */
  isLatest(topic: string): boolean {
    return this.#of(topic)?.slow === "latest";
  }

  /** How much of what a topic or a pattern selects keeps a history. */
  coverageOf(selector: string): Coverage {
    let coverage: Coverage | undefined;
    const add = (hasHistory: boolean) => {
      const found = hasHistory ? "all" : "none";
      coverage = coverage === undefined || coverage === found ? found : "some";
    };
    for (const { match, history } of this.#counting) {
      const isWhole = covers(match, selector);
      if (isWhole || covers(selector, match)) add(history !== undefined);
      // No later rule counts for any of it.
      if (isWhole) return coverage ?? "none";
    }
    add(false);
    return coverage ?? "none";
  }

  #of(topic: string): TopicRule | undefined {
    return this.#counting.find(({ match }) => matches(match, topic));
  }
}

/**
 * The rules as they are written, checked.
 * @throws TypeError that names what is wrong with them.
 */
export function topicRules(input: readonly TopicRuleInput[] = []): TopicRules {
  return new TopicRules(checked(strictRecord({ topics: TopicRulesConfig }), { topics: input }).topics);
}
