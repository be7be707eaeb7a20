import { readEvents, type StreamEvent } from "./event-stream.ts";
import {
  type Ending,
  type Entry,
  type Link,
  type LinkOptions,
  PATIENCE_MS,
  type Request,
  type Result,
} from "./link.ts";
import { parsed, refusalOf } from "./server-text.ts";
import { tell } from "./told.ts";

/** Silence after which a stream is taken for dead, in milliseconds: a server's comments come every 25 s. */
const SILENCE_MS = 60_000;
/** What a server refuses topics with, and what stands before it a query that is too long. */
const REFUSED = [400, 403, 414, 431];
/** Silence after which one is doubted where somebody asks. */
const DOUBT_MS = 30_000;

export interface StreamLinkOptions extends LinkOptions {
  fetch: typeof fetch;
  /** Where the last stream stood. */
  lastId: string | undefined;
}

/** Opens a connection by Server-Sent Events: one stream with all topics, opened anew when they change. */
export function streamLink({ fetch, url, token, clock, events, lastId: firstId }: StreamLinkOptions): Link {
  const entries = new Map<string, Entry>();
  let lastId = firstId;
  let stream: AbortController | undefined;
  let isDue = false;
  let isOver = false;
  let afterMs: number | undefined;
  let heardAt = clock.now();
  /** True where the server has confirmed what was asked for last; what waits for that. */
  let isSettled = true;
  const waiting: (() => void)[] = [];
  const begun = new AbortController();

  const close = () => {
    isOver = true;
    begun.abort();
    stream?.abort();
  };
  const end = (ending: Ending) => {
    if (isOver) return;
    close();
    events.ended({ ...ending, afterMs });
  };
  const settle = () => {
    isSettled = true;
    for (const go of waiting.splice(0)) go();
  };
  const expectLife = (ms: number) =>
    clock.after(ms, () => end({ code: 1006, reason: "The server is silent" }));
  const ask = (route: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
    token === undefined
      ? fetch(url + route, { ...init, credentials: "include" })
      : fetch(url + route, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } });
  const getStream = (topics: readonly string[], signal: AbortSignal, id: string | undefined) =>
    ask(`/sse?${new URLSearchParams(topics.map((topic) => ["topic", topic]))}`, {
      headers: id === undefined ? {} : { "Last-Event-ID": id },
      signal,
      cache: "no-store",
    });

  const take = ({ event, data, id }: StreamEvent, asked: readonly Entry[]) => {
    lastId = id ?? lastId;
    if (data === "") return;
    const message = parsed(data);
    if (event === "subscribed") {
      const reply = message as Result;
      for (const [at, entry] of asked.entries()) entry.answered(reply.topics?.[at] ?? reply);
      settle();
    } else if (event === "reconnect") afterMs = message.after_ms;
    else if (event === "close") end({ code: Number(message.code), reason: message.reason ?? "" });
    else {
      if (event === "unsubscribed") entries.delete(message.topic ?? "");
      tell(message, events);
    }
  };

  /** One topic that is refused fails the whole stream: which one it is shows where each is asked for alone. */
  const refused = async (response: Response, asked: readonly Entry[], signal: AbortSignal) => {
    const refusal = await refusalOf(response);
    const { status, code = status === 403 ? "forbidden" : "limit_reached", message } = refusal;
    if (status === 204) return end({ code: 4501, reason: "The server ended the stream" });
    if (!REFUSED.includes(status)) return end({ code: 1006, reason: message, refusal });
    const found: Entry[] = [];
    for (const entry of asked) {
      const alone = new AbortController();
      const answer = asked.length === 1 ? response : await getStream([entry.topic], alone.signal, undefined);
      alone.abort();
      if (signal.aborted) return;
      if (answer.status === status) found.push(entry);
    }
    // Where each passes alone, they are too many.
    for (const entry of found.length > 0 ? found : asked.slice(-1)) {
      entries.delete(entry.topic);
      entry.answered({ status: "error", code, message });
    }
    change();
  };

  const open = async (mine: AbortController) => {
    const { signal } = mine;
    const asked = [...entries.values()];
    let cancel = expectLife(PATIENCE_MS);
    const heard = () => {
      heardAt = clock.now();
      cancel();
      cancel = expectLife(SILENCE_MS);
    };
    signal.addEventListener("abort", () => cancel());
    const response = await getStream([...entries.keys()], signal, lastId);
    heard();
    if (response.status !== 200 || !response.body) {
      cancel();
      return refused(response, asked, signal);
    }
    await readEvents(response.body, heard, (event) => signal.aborted || take(event, asked));
    if (!signal.aborted) end({ code: 1006, reason: "The stream ended" });
  };

  // What changes at once is one change.
  const change = () => {
    if (isDue) return;
    isDue = true;
    isSettled = false;
    queueMicrotask(() => {
      isDue = false;
      stream?.abort();
      if (isOver) return;
      if (entries.size === 0) return settle();
      const mine = new AbortController();
      stream = mine;
      open(mine).catch(() => {
        if (!mine.signal.aborted) end({ code: 1006, reason: "The stream broke off" });
      });
    });
  };

  const requested = async ({ action, topic = "", ...fields }: Request): Promise<Result> => {
    const { idempotency_key: key, data, type } = fields;
    const response = await (action === "publish"
      ? ask("/publish", {
          method: "POST",
          headers: { "Content-Type": "application/json", "Idempotency-Key": inBytes(String(key)) },
          body: JSON.stringify({ topic, data, type }),
        })
      : ask(`/topics/${encodeURIComponent(topic)}/${action}?${queryOf(fields)}`));
    const body = parsed(await response.text());
    if (!body.status) {
      const message = `The server answered ${response.status}`;
      // As where the API has no such route: it will not have one on the next connection either.
      if (response.status === 404) return { status: "error", code: "not_found", message };
      throw new Error(message);
    }
    const laterMs = Number(response.headers.get("retry-after")) * 1000;
    return { ...(laterMs > 0 && { retry_after_ms: laterMs }), ...body, ...body.published?.[0] } as Result;
  };

  /** What would refuse a stream refuses it without a topic too; a server that takes one asks for that. */
  const begin = async () => {
    const { signal } = begun;
    const cancel = expectLife(PATIENCE_MS);
    signal.addEventListener("abort", cancel);
    const response = await getStream([], signal, undefined);
    cancel();
    if (isOver) return;
    if (response.status === 400) return events.opened({});
    const refusal = await refusalOf(response);
    end({ code: 1006, reason: refusal.message, refusal });
  };

  begin().catch(() => end({ code: 1006, reason: "The server cannot be reached" }));
  return {
    transport: "sse",
    subscribe(more) {
      for (const entry of more) entries.set(entry.topic, entry);
      if (more.length > 0) change();
    },
    unsubscribe(topics) {
      // What the server has ended, or refused, is no change.
      if (topics.filter((topic) => entries.delete(topic)).length > 0) change();
    },
    request(request, answered) {
      const go = () =>
        requested(request).then(
          (result) => isOver || answered?.(result),
          // It ends with the connection, and is asked again on the next one.
          () => end({ code: 1006, reason: "The server cannot be reached" }),
        );
      // In the order of the calls, as by a WebSocket: who subscribes and then publishes gets it.
      if (isSettled) go();
      else waiting.push(go);
    },
    // Of a stream nothing can be asked: where it should have said something, another one is opened.
    check: () => void (clock.now() - heardAt > DOUBT_MS && change()),
    close,
    get lastId() {
      return lastId;
    },
  };
}

/** A header takes bytes: each as one character. */
function inBytes(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function queryOf({ limit, since }: Omit<Request, "action">): URLSearchParams {
  const query = new URLSearchParams();
  if (limit !== undefined) query.set("limit", String(limit));
  if (typeof since === "object" && since !== null && "epoch" in since && "offset" in since)
    query.set("since", `${since.epoch}:${since.offset}`);
  return query;
}
