import type { MessageId } from "./client-message.ts";
import type { ErrorCode } from "./codes.ts";

/** What a reply repeats of its request. */
export interface Echo {
  action?: string;
  topic?: string;
  id?: MessageId;
}

/** The answer to a request that could not be carried out; it never ends the connection. */
export interface ErrorReply extends Echo {
  status: "error";
  code: ErrorCode;
  message: string;
  /** Milliseconds after which trying again makes sense. */
  retry_after_ms?: number;
}

/** The answer to a request that was carried out; what else it holds depends on the action. */
export interface SuccessReply extends Echo {
  status: "success";
  message: string;
  [field: string]: unknown;
}
export type Reply = SuccessReply | ErrorReply;

/** The first message on a connection that offered the subprotocol. PROTOCOL.md, Welcome. */
export interface Welcome {
  type: "welcome";
  version: string;
  features: readonly string[];
  connection: string;
  user: string;
  ping_interval_ms: number;
  /** Milliseconds since 1970, or null where the token has no end. */
  expires_at: number | null;
}

/** Told to a connection whose subscription the server ended. */
export interface Unsubscribed {
  type: "unsubscribed";
  topic: string;
  code: ErrorCode;
}

/** Told before a close with 1012: how long after that close to reconnect, in milliseconds. */
export interface Reconnect {
  type: "reconnect";
  after_ms: number;
}

/** Told to a slow reader before the newest publication of a topic: how many were left out before it. */
export interface Gap {
  type: "gap";
  topic: string;
  skipped: number;
}

/** What the server sends that is no publication. */
export type ControlMessage = Reply | Welcome | Unsubscribed | Reconnect | Gap;

/** What a publication is made of; `json` is its data, encoded. */
export interface PublicationFields {
  /** A direct message needs none. */
  topic?: string | undefined;
  type: string;
  json: string;
  /** Milliseconds since 1970. */
  time: number;
  offset?: number | undefined;
  /** True for what was sent to a user or to one connection. */
  isDirect?: boolean | undefined;
}

/** The text of a publication on the wire. PROTOCOL.md, Publications. */
export function encodePublication(publication: PublicationFields): string {
  const { topic, type, json, time, offset, isDirect } = publication;
  const about = topic === undefined ? "" : `,"topic":${JSON.stringify(topic)}`;
  const position = offset === undefined ? "" : `,"offset":${offset}`;
  const direct = isDirect ? `,"direct":true` : "";
  return `{"type":${JSON.stringify(type)}${about},"data":${json}${position},"time":${time}${direct}}`;
}
