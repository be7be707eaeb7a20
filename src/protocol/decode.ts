import { safeParse } from "valibot";
import {
  type Action,
  type ClientMessage,
  isAction,
  MessageId,
  RequestSchemas,
  type Selection,
  type SelectionRequest,
  type Since,
} from "./client-message.ts";
import type { ErrorCode } from "./codes.ts";
import { faultsOf } from "./faults.ts";
import { isDeeperThan, isRecord } from "./json.ts";
import type { Echo, ErrorReply, SuccessReply } from "./server-message.ts";
import { isPattern } from "./topic.ts";

/** What a client's frame turned out to be: a message, or the reply that says what is wrong with it. */
export type Decoded = { echo: Echo } & (
  | { message: ClientMessage; error?: never }
  | { error: ErrorReply; message?: never }
);

/**
 * Decodes one text frame of a client. Whatever is wrong with it comes back as the reply that says so; it
 * never throws.
 * @param text The frame.
 * @param maxDepth How deep its JSON may nest.
 */
export function decode(text: string, maxDepth: number): Decoded {
  if (isDeeperThan(text, maxDepth))
    return rejected("invalid_message", `JSON is nested deeper than ${maxDepth} levels`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engines' own messages differ, and quote the text.
  }
  if (!isRecord(value))
    return rejected("invalid_json", "Message is not valid JSON: one JSON object a frame is expected");
  return decodeRecord(value);
}

function decodeRecord(value: Record<string, unknown>): Decoded {
  const echo = echoOf(value);
  const reject = (code: ErrorCode, message: string) => rejected(code, message, echo);
  if (value.id !== undefined && echo.id === undefined)
    return reject("invalid_message", "'id' takes a string of at most 64 bytes or a number");
  const { action } = value;
  if (action === undefined) return reject("missing_field", MISSING);
  if (typeof action !== "string") return reject("invalid_message", "'action' takes a string");
  if (!isAction(action)) return reject("unknown_action", `Unknown action: '${action.slice(0, 64)}'`);
  if (lacksTopic(action, value)) return reject("missing_field", MISSING);
  // The first fault is the answer: to find all in a message full of them would hold up everybody else.
  const parsed = safeParse(RequestSchemas[action], value, { abortEarly: true });
  if (!parsed.success) {
    const [fault] = faultsOf(parsed.issues);
    return reject("invalid_message", fault?.message ?? "Message does not fit its action");
  }
  const message = parsed.output;
  if (message.action !== "subscribe" && message.action !== "unsubscribe") return { echo, message };
  const fault = selectionFault(message);
  return fault ? reject("invalid_message", fault) : { echo, message: selectionRequest(message) };
}

function rejected(code: ErrorCode, message: string, echo: Echo = {}): Decoded {
  return { echo, error: failure(code, message, echo) };
}

const MISSING = "Action and topic are required.";

function echoOf(value: Record<string, unknown>): Echo {
  const id = safeParse(MessageId, value.id);
  return {
    ...(typeof value.action === "string" && { action: value.action }),
    ...(typeof value.topic === "string" && { topic: value.topic }),
    ...(id.success && { id: id.output }),
  };
}

function lacksTopic(action: Action, value: Record<string, unknown>): boolean {
  if (action === "ping" || action === "authenticate" || value.topic !== undefined) return false;
  return !(action === "subscribe" || action === "unsubscribe") || value.topics === undefined;
}

type RawSelection = {
  action: "subscribe" | "unsubscribe";
  id?: MessageId | undefined;
  topic?: string | undefined;
  topics?: (string | Selection)[] | undefined;
  since?: Selection["since"];
};

function selectionFault(message: RawSelection): string | undefined {
  if (message.topic !== undefined && message.topics !== undefined)
    return "'topic' and 'topics' exclude each other";
  if (message.topics !== undefined && message.since !== undefined)
    return "'since' stands in each entry of 'topics'";
  const entries = selectionRequest(message).selections.filter(({ since }) => since !== undefined);
  if (message.action === "unsubscribe" && entries.length > 0) return "Unknown field 'since'";
  for (const { topic, since } of entries) {
    const fault = since && sinceFault(topic, since);
    if (fault) return fault;
  }
  return undefined;
}

/** Why a position does not fit what it is to resume; undefined where it does. */
export function sinceFault(selector: string, since: Since): string | undefined {
  if (isPattern(selector) === "offsets" in since) return undefined;
  return isPattern(selector)
    ? "'since' takes {epoch, floor, offsets} for a pattern"
    : "'since' takes {epoch, offset} for a topic";
}

function selectionRequest({ action, id, topic, topics, since }: RawSelection): SelectionRequest {
  const selections =
    topics?.map((entry) => (typeof entry === "string" ? { topic: entry } : entry)) ??
    (topic === undefined ? [] : [{ topic, since }]);
  return { action, id, selections, isList: topics !== undefined };
}

/** The reply to a request that was carried out. */
export function success(message: string, echo: Echo, rest: object = {}): SuccessReply {
  return { status: "success", message, ...echo, ...rest };
}

/** An error reply. */
export function failure(
  code: ErrorCode,
  message: string,
  rest: Omit<ErrorReply, "status" | "code" | "message"> = {},
): ErrorReply {
  return { status: "error", code, message, ...rest };
}
