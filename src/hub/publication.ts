import type { SelectedBy, TopicAndData } from "../protocol/catalogue-types.ts";
import { encodePublication } from "../protocol/server-message.ts";
import type { TopicCatalogue } from "../protocol/topic-catalogue.ts";
import type { Envelope, Position } from "./broker.ts";
import type { Frame } from "./frame.ts";

/** What is delivered: encoded at most once, whoever gets it. */
export class Publication<Data = unknown, Topic extends string = string> {
  readonly topic: Topic;
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Where it stands, in a topic with history. */
  readonly position: Position | undefined;
  readonly #json: string;
  readonly #isLatest: boolean;
  #frame: Frame | undefined;

  /** @internal By the delivery; `isLatest` as a `Frame` has it. */
  constructor(envelope: Envelope<Topic>, position: Position | undefined, isLatest = false) {
    this.topic = envelope.topic;
    this.type = envelope.type;
    this.time = envelope.time;
    this.position = position;
    this.#json = envelope.json;
    this.#isLatest = isLatest;
  }

  /** The data as a subscriber elsewhere would get it: what JSON made of the value published, anew each time. */
  get data(): Data {
    return JSON.parse(this.#json);
  }

  /** @internal What goes to connections. */
  get frame(): Frame {
    const { topic, type, time, position } = this;
    const fields = { topic, type, json: this.#json, time, offset: position?.offset };
    this.#frame ??= { text: encodePublication(fields), topic, position, isLatest: this.#isLatest };
    return this.#frame;
  }
}

/** What a topic or a pattern of a catalogue delivers: a union of which `topic` tells the members apart. */
export type PublicationOf<C extends TopicCatalogue, Selector extends string> = PublicationOfEach<
  SelectedBy<C, Selector>
>;

type PublicationOfEach<Selected extends TopicAndData> =
  Selected extends TopicAndData<infer Topic, infer Data> ? Publication<Data, Topic> : never;
