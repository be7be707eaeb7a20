import type { SchemaInput, SchemaOutput, StandardSchema } from "./standard-schema.ts";
import type { TopicCatalogue } from "./topic-catalogue.ts";

/** The schemas of topics, by key: a topic, or one with parameters, as `chat:{room}`. */
export type TopicSchemas = Readonly<Record<string, StandardSchema>>;

type SchemasOf<C extends TopicCatalogue> = C["schemas"];
type KeyIn<C extends TopicCatalogue> = keyof SchemasOf<C> & string;
/** True for a hub or a client that knows no catalogue: any topic, any data. */
type IsUntyped<C extends TopicCatalogue> = string extends KeyIn<C> ? true : false;

/** The names of a key's parameters. */
export type ParameterOf<Key extends string> = Key extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterOf<Rest>
  : never;

/** The values of a key's parameters, by name. */
export type ParametersOf<Key extends string> = { [Name in ParameterOf<Key>]: string };

/** The topics of a key: `chat:${string}` for `chat:{room}`. */
export type TopicOfKey<Key extends string> = Key extends `${infer Head}{${string}}${infer Rest}`
  ? `${Head}${string}${TopicOfKey<Rest>}`
  : Key;

/** The topics of a catalogue; any text without one. */
export type TopicOf<C extends TopicCatalogue> = { [Key in KeyIn<C>]: TopicOfKey<Key> }[KeyIn<C>];

/** A topic of a catalogue, or any pattern; `CheckedSelector` tells those that select something. */
export type SelectorOf<C extends TopicCatalogue> = TopicOf<C> | `${string}*`;

/** Of the keys whose topics a topic is among, the one whose topics are the fewest. */
type KeyOf<C extends TopicCatalogue, Topic extends string> =
  Topic extends KeyIn<C>
    ? Topic
    : Narrowest<{ [Key in KeyIn<C>]: Topic extends TopicOfKey<Key> ? Key : never }[KeyIn<C>]>;

type Narrowest<Key extends string, All extends string = Key> = Key extends string
  ? [Within<Exclude<All, Key>, Key>] extends [never]
    ? Key
    : never
  : never;

type Within<Key extends string, Other extends string> = Key extends string
  ? TopicOfKey<Key> extends TopicOfKey<Other>
    ? Key
    : never
  : never;

// Mapped, so that the compiler looks into a typed hub where one that is not is asked for, and finds that it fits.
type InputsOf<C extends TopicCatalogue> = { [Key in KeyIn<C>]: SchemaInput<SchemasOf<C>[Key]> };
type OutputsOf<C extends TopicCatalogue> = { [Key in KeyIn<C>]: SchemaOutput<SchemasOf<C>[Key]> };

/** What may be published to a topic; where that is a union, to any of them. */
export type DataOf<C extends TopicCatalogue, Topic extends string> = InputsOf<C>[KeyOf<C, Topic>];

/** What subscribers of a topic get: its schema's output. */
export type OutputOf<C extends TopicCatalogue, Topic extends string> = OutputsOf<C>[KeyOf<C, Topic>];

/** A topic, and the data that comes with it. */
export interface TopicAndData<Topic extends string = string, Data = unknown> {
  topic: Topic;
  data: Data;
}

/** What a topic or a pattern selects: a union of which `topic` tells the members apart. */
export type SelectedBy<C extends TopicCatalogue, Selector extends string> =
  IsUntyped<C> extends true
    ? TopicAndData
    : Selector extends `${infer Start}*`
      ? SelectedKeys<KeyIn<C>, Start> extends infer Key extends KeyIn<C>
        ? OfKeys<C, Key>
        : never
      : Selector extends string
        ? TopicAndData<Selector, OutputOf<C, Selector>>
        : never;

type OfKeys<C extends TopicCatalogue, Key extends KeyIn<C>> = {
  [K in Key]: TopicAndData<TopicOfKey<K>, SchemaOutput<SchemasOf<C>[K]>>;
}[Key];

/** The keys with a topic that begins with `Start`, which may end within a parameter. */
type SelectedKeys<Key extends string, Start extends string> = Key extends `${infer Head}{${string}`
  ? Head extends `${Start}${string}`
    ? Key
    : Start extends `${Head}${string}`
      ? Key
      : never
  : Key extends `${Start}${string}`
    ? Key
    : never;

/** A selector that selects something; of one that does not, what is wrong with it. */
export type CheckedSelector<C extends TopicCatalogue, Selector extends string> = [
  SelectedBy<C, Selector>,
] extends [never]
  ? `No topic is selected by ${Selector}`
  : Selector;
