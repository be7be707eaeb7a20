import * as v from "valibot";
import type { Frame, Wire } from "../hub/frame.ts";
import { Since } from "../protocol/client-message.ts";
import { CloseCode } from "../protocol/codes.ts";
import { isRecord } from "../protocol/json.ts";
import type { ControlMessage, Reply } from "../protocol/server-message.ts";
import { STOP_ID } from "./stream-id.ts";
import { StreamProgress } from "./stream-progress.ts";

/** A comment: it says that the server is there. */
export const COMMENT = ": \n\n";

/** What a connection is owed, as Server-Sent Events. PROTOCOL.md, Server-Sent Events. */
export class SseWire implements Wire {
  readonly #since: ReadonlyMap<string, Since>;
  readonly #progress = new StreamProgress();
  #lastId = "";

  /** @param since Where the topics and patterns go on that are resumed. */
  constructor(since: ReadonlyMap<string, Since>) {
    this.#since = since;
  }

  publication({ text, topic, position }: Frame): string {
    if (topic !== undefined && position) this.#progress.advance(topic, position);
    return eventText({ id: position && this.#freshId(), json: text });
  }

  control(message: ControlMessage): string {
    const json = JSON.stringify(message);
    if ("status" in message) {
      this.#begin(message);
      return eventText({ name: "subscribed", id: this.#freshId(), json });
    }
    if (message.type === "unsubscribed") this.#progress.end(message.topic);
    const id = message.type === "unsubscribed" ? this.#freshId() : undefined;
    return eventText({ name: message.type, id, retryMs: retryOf(message), json });
  }

  /** The stream stands where it is told to begin or, where what was missed follows, where it was. */
  #begin(reply: Reply): void {
    const results: unknown = "topics" in reply ? reply.topics : [reply];
    for (const result of Array.isArray(results) ? results : []) {
      if (!isRecord(result) || typeof result.topic !== "string") continue;
      const { topic, recovered } = result;
      this.#progress.begin(topic, recovered === true ? this.#since.get(topic) : positionOf(result));
    }
  }

  /** The id of the next event; undefined where it is that of the one before. */
  #freshId(): string | undefined {
    const { id } = this.#progress;
    if (id === this.#lastId) return undefined;
    this.#lastId = id;
    return id;
  }
}

/** The last event of a stream. Where its code means stop, whoever comes back with its id is told to stay away. */
export function closeEvent(code: number, reason: string): string {
  const isOver =
    code === CloseCode.PolicyViolation || code === CloseCode.MessageTooBig || (code >= 4500 && code <= 4599);
  return eventText({
    name: "close",
    id: isOver ? STOP_ID : undefined,
    json: JSON.stringify({ code, reason }),
  });
}

interface Event {
  /** `message` unless given. */
  name?: string;
  id?: string | undefined;
  /** How long after the end of the stream to reconnect, in milliseconds. */
  retryMs?: number | undefined;
  json: string;
}

function eventText({ name, id, retryMs, json }: Event): string {
  const fields = [
    name === undefined ? "" : `event: ${name}\n`,
    id === undefined ? "" : `id: ${id}\n`,
    retryMs === undefined ? "" : `retry: ${retryMs}\n`,
  ];
  // In JSON a line may end between two tokens only, where any white space does; here it would end the field.
  return `${fields.join("")}data: ${json.replace(/[\r\n]/g, " ")}\n\n`;
}

function retryOf(message: Exclude<ControlMessage, Reply>): number | undefined {
  return message.type === "reconnect" ? message.after_ms : undefined;
}

function positionOf({ epoch, offset, floor, offsets }: Record<string, unknown>): Since | undefined {
  const since = offsets === undefined ? { epoch, offset } : { epoch, floor, offsets };
  return v.is(Since, since) ? since : undefined;
}
