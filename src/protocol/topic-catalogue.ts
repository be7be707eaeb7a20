import type { ParameterOf, ParametersOf, TopicOfKey, TopicSchemas } from "./catalogue-types.ts";
import { MessageRefused, schemaOutput } from "./schema-output.ts";
import { isStandardSchema, type StandardSchema } from "./standard-schema.ts";
import { topicFault } from "./topic.ts";
import { TopicKey } from "./topic-key.ts";

/** What becomes of topics that a catalogue has no key for. */
export interface CatalogueOptions {
  /** `pass` lets them through as they are, with any data: that unless given. */
  others?: "pass" | "refuse" | undefined;
}

/** A key, and the schema of what is published to its topics. */
interface Entry {
  key: TopicKey;
  schema: StandardSchema;
}

/** Which topics there are, and what is published to each: made by `defineTopics`. */
export class TopicCatalogue<S extends TopicSchemas = TopicSchemas> {
  readonly schemas: Readonly<S>;
  readonly #entries: ReadonlyMap<string, Entry>;
  /** Those with parameters by what stands before the first, the narrower first. */
  readonly #open: ReadonlyMap<string, readonly Entry[]>;
  /** How long that may be, the longest first: a narrower key begins with what a wider one does. */
  readonly #heads: readonly number[];
  readonly #refusesOthers: boolean;

  /** @internal By `defineTopics`. */
  constructor(schemas: S, { others = "pass" }: CatalogueOptions) {
    this.schemas = schemas;
    this.#refusesOthers = others === "refuse";
    const entries = Object.entries(schemas).map(([key, schema]) => ({ key: new TopicKey(key), schema }));
    this.#entries = new Map(entries.map((entry) => [entry.key.text, entry]));
    const open = entries
      .filter(({ key }) => key.names.length > 0)
      .sort(({ key }, other) => key.compare(other.key));
    requireApart(open.map(({ key }) => key));
    const byHead = new Map<string, Entry[]>();
    for (const entry of open) byHead.set(entry.key.head, [...(byHead.get(entry.key.head) ?? []), entry]);
    this.#open = byHead;
    this.#heads = [...new Set(open.map(({ key }) => key.head.length))].sort((one, other) => other - one);
  }

  /**
   * The topic of a key: `topic("chat:{room}", { room: "lobby" })`.
   * @throws TypeError for a key that is not there, and for values that would make no topic or that of another key.
   */
  topic<Key extends keyof S & string>(
    key: Key,
    ...[values]: [ParameterOf<Key>] extends [never] ? [values?: undefined] : [values: ParametersOf<Key>]
  ): TopicOfKey<Key> {
    const known = this.#required(key);
    const given = known.names.map((name) => requiredIn(values, name));
    const topic = known.fill(given);
    const fault = topicFault(topic);
    if (fault) throw new TypeError(`${fault}: got ${JSON.stringify(topic)}`);
    const read = this.#entryOf(topic)?.key === known ? known.read(topic) : undefined;
    if (!read?.every((value, at) => value === given[at]))
      throw new TypeError(`The topic of '${key}' would be read otherwise: got ${JSON.stringify(topic)}`);
    // Filled in as the type says it.
    return topic as TopicOfKey<Key>;
  }

  /**
   * The values of a key's parameters in a topic; undefined where the topic is none of the key's.
   * @throws TypeError for a key that is not there.
   */
  params<Key extends keyof S & string>(key: Key, topic: string): ParametersOf<Key> | undefined {
    const known = this.#required(key);
    const values = this.#entryOf(topic)?.key === known ? known.read(topic) : undefined;
    if (!values) return undefined;
    // One for each name in the type.
    return Object.fromEntries(known.names.map((name, at) => [name, values[at]])) as ParametersOf<Key>;
  }

  /**
   * @internal What of this data is delivered: the output of the topic's schema.
   * @throws MessageRefused for what may not be published, and whatever a schema throws.
   */
  accept(topic: string, data: unknown): unknown {
    const entry = this.#entryOf(topic);
    if (entry) return schemaOutput(entry.key.text, entry.schema, data);
    if (this.#refusesOthers)
      throw new MessageRefused("invalid_topic", topicFault(topic) ?? `There is no topic '${topic}' here`);
    return data;
  }

  /** A key without parameters before one with them, and of those the narrowest. */
  #entryOf(topic: string): Entry | undefined {
    const entry = this.#entries.get(topic);
    if (entry?.key.names.length === 0) return entry;
    for (const length of this.#heads) {
      const found = this.#open.get(topic.slice(0, length))?.find(({ key }) => key.read(topic));
      if (found) return found;
    }
    return undefined;
  }

  #required(key: string): TopicKey {
    const entry = this.#entries.get(key);
    if (!entry) throw new TypeError(`There is no key ${JSON.stringify(key)} in these topics`);
    return entry.key;
  }
}

/**
 * Defines which topics there are and what is published to each, with schemas of any library that has the interface of
 * Standard Schema: `new TopicHub({ schemas: defineTopics({ "chat:{room}": Line }) })`.
 * @param schemas By topic; in a topic, `{name}` stands for at least one character.
 * @throws TypeError that names the key that is none, or that cannot be told from another.
 */
export function defineTopics<S extends TopicSchemas>(
  schemas: S,
  options: CatalogueOptions = {},
): TopicCatalogue<S> {
  if (typeof schemas !== "object" || schemas === null || Array.isArray(schemas))
    throw new TypeError("Topics are defined by an object: { topic: schema }");
  for (const [key, schema] of Object.entries(schemas))
    if (!isStandardSchema(schema))
      throw new TypeError(
        `${JSON.stringify(key)} takes a schema (Standard Schema, version 1), got ${typeof schema}`,
      );
  for (const name of Object.keys(options))
    if (name !== "others") throw new TypeError(`Unknown option '${name}': defineTopics takes others`);
  const { others } = options;
  if (others !== undefined && others !== "pass" && others !== "refuse")
    throw new TypeError(`'others' takes pass, refuse, got ${JSON.stringify(others)}`);
  // A copy: what is changed later would not have been looked at.
  return new TopicCatalogue({ ...schemas }, options);
}

/** Throws a TypeError where for some topic neither of two keys is the narrower. */
function requireApart(keys: readonly TopicKey[]): void {
  for (const [at, key] of keys.entries())
    for (const later of keys.slice(at + 1)) {
      const isNarrower = key.isWithin(later) && !later.isWithin(key);
      if (isNarrower || !key.meets(later)) continue;
      const names = `${JSON.stringify(key.text)} and ${JSON.stringify(later.text)}`;
      throw new TypeError(`${names} have topics in common, and neither is within the other`);
    }
}

function requiredIn(values: Readonly<Record<string, unknown>> = {}, name: string): string {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (typeof value === "string" && value !== "") return value;
  if (value === undefined) throw new TypeError(`'${name}' is missing`);
  throw new TypeError(`'${name}' takes a text of at least one character, got ${JSON.stringify(value)}`);
}
