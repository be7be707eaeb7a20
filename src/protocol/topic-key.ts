import { topicFault } from "./topic.ts";

const PARAMETER = /\{([^{}]*)\}/;
const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;
// In no topic, so that nothing but a parameter takes it.
const ANYTHING = "\0";

/**
 * A key of a catalogue: a topic, or one in which each `{name}` stands for at least one character. Of what could be
 * taken in more than one way, each parameter takes as little as it can, from the left, and the last one the rest.
 */
export class TopicKey {
  readonly text: string;
  /** Those of its parameters. */
  readonly names: readonly string[];
  /** What stands before, between and behind the parameters. */
  readonly #texts: readonly string[];

  /** @throws TypeError that names the key and what is wrong with it. */
  constructor(text: string) {
    const parts = text.split(PARAMETER);
    this.text = text;
    this.#texts = parts.filter((_, at) => at % 2 === 0);
    this.names = parts.filter((_, at) => at % 2 === 1);
    const fault = this.#fault();
    if (fault) throw new TypeError(`${fault}: got the key ${JSON.stringify(text)}`);
  }

  /** What stands before the first parameter. */
  get head(): string {
    return this.#texts[0] ?? "";
  }

  /** The values of the parameters, in order; undefined where the topic is none of the key's. */
  read(topic: string): string[] | undefined {
    const [head = "", ...texts] = this.#texts;
    if (texts.length === 0) return topic === head ? [] : undefined;
    if (!topic.startsWith(head)) return undefined;
    const values: string[] = [];
    let at = head.length;
    for (const text of texts) {
      const isLast = values.length === texts.length - 1;
      if (isLast && !topic.endsWith(text)) return undefined;
      const end = isLast ? topic.length - text.length : topic.indexOf(text, at + 1);
      if (end <= at) return undefined;
      values.push(topic.slice(at, end));
      at = end + text.length;
    }
    return values;
  }

  /** The topic in which the parameters have these values. */
  fill(values: readonly string[]): string {
    return this.#texts.map((text, at) => text + (values[at] ?? "")).join("");
  }

  /** True where every topic of this key is one of the other's. */
  isWithin(other: TopicKey): boolean {
    return other.read(this.fill(this.names.map(() => ANYTHING))) !== undefined;
  }

  /** True where a topic is one of both; of what stands in the middle, the other's parameters take anything. */
  meets(other: TopicKey): boolean {
    if (this.names.length === 0 || other.names.length === 0)
      return this.isWithin(other) || other.isWithin(this);
    const headsMeet = this.head.startsWith(other.head) || other.head.startsWith(this.head);
    return headsMeet && (this.#tail.endsWith(other.#tail) || other.#tail.endsWith(this.#tail));
  }

  /** Before another where it is within that. */
  compare(other: TopicKey): number {
    // It has more characters of its own then.
    return other.#length - this.#length;
  }

  get #length(): number {
    return this.fill([]).length;
  }

  get #tail(): string {
    return this.#texts.at(-1) ?? "";
  }

  #fault(): string | undefined {
    if (this.#texts.some((text) => /[{}]/.test(text)) || this.names.some((name) => !NAME.test(name)))
      return "A parameter is written {name}, with letters, digits, '_' and '-'";
    if (new Set(this.names).size < this.names.length) return "A parameter stands once in a key";
    if (this.#texts.slice(1, -1).includes("")) return "Something has to stand between two parameters";
    return topicFault(this.fill(this.names.map(() => "x")));
  }
}
