import { createMailbox } from "../../src/testing/mailbox.ts";
import { within } from "./deadline.ts";
import { type HeaderPair, type RawHeaders, type RawResponse, responseTo } from "./http-response.ts";
import { type At, connectRaw, type RawConnection } from "./raw-connection.ts";
import { requestBytes } from "./raw-http.ts";
import { chunkReader, eventReader, type StreamEvent } from "./stream-reader.ts";

/** A stream of Server-Sent Events over a socket that a test can pause. */
export interface EventStream extends AsyncDisposable {
  readonly headers: RawHeaders;
  readonly connection: RawConnection;
  /** The next event that is no comment. */
  next(ms?: number): Promise<StreamEvent>;
  /** Its data, which is JSON. */
  nextData(ms?: number): Promise<Record<string, unknown>>;
  /** The next comment. */
  comment(ms?: number): Promise<StreamEvent>;
  /** The last event, once the server has ended the stream after it. */
  end(ms?: number): Promise<StreamEvent>;
  /** The `id` of the newest event that had one, as an `EventSource` keeps it. */
  readonly lastId: string;
}

export interface StreamOptions {
  token?: string | undefined;
  headers?: readonly HeaderPair[];
  /** Sent as Last-Event-ID. */
  lastId?: string;
  path?: string;
  ms?: number;
}

/** `/sse` for these topics, as in a URL. */
export function streamPath(topics: readonly string[], path = "/sse"): string {
  return `${path}?${topics.map((topic) => `topic=${encodeURIComponent(topic)}`).join("&")}`;
}

/** Asks for a stream: that, or the answer that refuses it. */
export async function askForStream(
  at: At,
  target: string,
  { token, headers = [], lastId, ms = 5000 }: StreamOptions = {},
): Promise<EventStream | RawResponse> {
  const given: HeaderPair[] = [...headers];
  if (token !== undefined) given.push(["Authorization", `Bearer ${token}`]);
  if (lastId !== undefined) given.push(["Last-Event-ID", lastId]);
  const connection = await connectRaw(at, ms);
  connection.write(requestBytes(at, { target, headers: given }));
  const head = await connection.take(headOnly, ms, `an answer to ${target}`);
  if (head.status === 200) return streamOn(connection, head.headers);
  const answer = await connection.take(
    (bytes, hasEnded) => {
      const whole = Buffer.concat([Buffer.from(head.text, "latin1"), bytes]);
      const parsed = responseTo("GET")(whole, hasEnded);
      return parsed && { ...parsed, used: parsed.used - head.text.length };
    },
    ms,
    `the body of an answer to ${target}`,
  );
  connection.reset();
  return answer;
}

/** Opens a stream of these topics, or rejects with the answer's status. */
export async function openStream(
  at: At,
  topics: readonly string[],
  options: StreamOptions = {},
): Promise<EventStream> {
  const answer = await askForStream(at, streamPath(topics, options.path), options);
  if ("status" in answer) throw new Error(`refused with ${answer.status}: ${answer.body}`);
  return answer;
}

/** Reads the head of a response, and leaves its body. */
function headOnly(bytes: Buffer) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const text = bytes.toString("latin1", 0, end + 4);
  // A status that has no body, so that the head is all of it.
  const parsed = responseTo("HEAD")(Buffer.from(text, "latin1"), false);
  return parsed && { value: { ...parsed.value, text }, used: end + 4 };
}

function streamOn(connection: RawConnection, headers: RawHeaders): EventStream {
  const events = createMailbox<StreamEvent>();
  const comments = createMailbox<StreamEvent>();
  let lastId = "";
  let last: StreamEvent | undefined;
  let isWhole = false;
  const finished = Promise.withResolvers<StreamEvent>();
  const take = (event: StreamEvent) => {
    if (event.comment !== undefined) return comments.push(event);
    lastId = event.id ?? lastId;
    last = event;
    events.push(event);
  };
  const finish = (how: string) => {
    events.end(how);
    comments.end(how);
    if (isWhole && last) finished.resolve(last);
    else finished.reject(new Error(`the stream broke off: ${how}`));
  };
  finished.promise.catch(() => {});
  const over = () => {
    isWhole = true;
    finish("it is over");
  };
  connection.readWith(chunkReader(eventReader(take), over));
  connection.ended.then(finish);
  const next = (ms = 5000) => events.take(ms, "an event");
  return {
    headers,
    connection,
    next,
    nextData: async (ms) => JSON.parse((await next(ms)).data ?? ""),
    comment: (ms = 5000) => comments.take(ms, "a comment"),
    end: (ms = 5000) => within(finished.promise, ms, "the end of the stream"),
    get lastId() {
      return lastId;
    },
    async [Symbol.asyncDispose]() {
      connection.reset();
    },
  };
}
