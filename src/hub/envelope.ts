import { safeParse } from "valibot";
import { PublicationType } from "../protocol/client-message.ts";
import { encodePublication } from "../protocol/server-message.ts";
import { selectorFault, topicFault } from "../protocol/topic.ts";
import type { Envelope } from "./broker.ts";
import type { Frame } from "./frame.ts";

/** How something is published. */
export interface PublishOptions {
  /** 1 to 64 bytes; unless given, the hub's `defaultType` for the topic or `message`. */
  type?: string | undefined;
}

/** What is sent to a user or to a connection. */
export interface Message extends PublishOptions {
  /** Any value that JSON can hold. */
  data: unknown;
  /** The topic that it is about; a direct message needs none. */
  topic?: string;
}

const DEFAULT_TYPE = "message";

/** Checks and encodes what is published. Throws a TypeError that names what is wrong. */
export function envelope(topic: string, data: unknown, type: string | undefined, time: number): Envelope {
  requireTopic(topic);
  return { topic, type: requireType(type), json: encodeData(data), time };
}

/** Encodes what goes to connections past all topics. Throws a TypeError that names what is wrong. */
export function directFrame({ data, topic, type }: Message, time: number): Frame {
  if (topic !== undefined) requireTopic(topic);
  const fields = { topic, type: requireType(type), json: encodeData(data), time, isDirect: true };
  return { text: encodePublication(fields), topic };
}

/** Throws a TypeError for what is neither a topic nor a pattern. */
export function requireSelector(value: string): void {
  const fault = selectorFault(value);
  if (fault) throw new TypeError(`${fault}: got ${JSON.stringify(value)}`);
}

/** Throws a TypeError for what is no topic. */
export function requireTopic(topic: string): void {
  const fault = topicFault(topic);
  if (fault) throw new TypeError(`${fault}: got ${JSON.stringify(topic)}`);
}

function requireType(type: string = DEFAULT_TYPE): string {
  const checked = safeParse(PublicationType, type);
  if (checked.success) return type;
  throw new TypeError(`'type' takes ${checked.issues[0].message}, got ${JSON.stringify(type)}`);
}

function encodeData(data: unknown): string {
  const json: string | undefined = JSON.stringify(data);
  if (json === undefined) throw new TypeError(`'data' takes what JSON can hold, got ${typeof data}`);
  return json;
}
