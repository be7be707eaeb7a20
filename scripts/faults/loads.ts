import type { Message } from "../../test/support/message.ts";

/** A request over HTTP. */
export interface HttpRequest {
  path: string;
  body?: unknown;
  /** True where the answer is a stream, which is left once it has begun. */
  isStream?: boolean;
}

/** What one connection sends to cost a server as much as it may, or one user over HTTP. */
export interface Load {
  /** Topics with histories that are there before: how many, and how much each publication holds. */
  kept?: { topics: number; publications: number; bytes: number };
  /** The messages that are sent in turn, for ever. `positions` is the reply to `subscribe` to `kept:*`. */
  messages?(positions: Message, token: string): object[];
  /** The request that is made again and again, in place of messages. */
  request?: HttpRequest;
  /** Sends as fast as the server takes it, and not as fast as it allows. */
  isFlood?: boolean;
}

const MESSAGE_BYTES = 65_000;
const subscribe = (topics: (string | object)[]) => ({ action: "subscribe", topics });
const unsubscribe = (topics: string[]) => ({ action: "unsubscribe", topics });
const names = (count: number, nameOf: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => nameOf(at));

/** Arrays in arrays, side by side, as deep as `json_depth` lets them be in `data`. */
function deepJson(): unknown {
  const nested = `${"[".repeat(30)}${"]".repeat(30)}`;
  return JSON.parse(`[${names(MESSAGE_BYTES / 61, () => nested).join(",")}]`);
}

export const loads: Record<string, Load> = {
  "deep JSON": { messages: () => [{ action: "publish", topic: "kept:deep", data: deepJson() }] },
  "many fields": {
    messages: () => [
      {
        action: "publish",
        topic: "kept:wide",
        data: Object.fromEntries(names(5000, (at) => [`k${at}`, at] as never) as never),
      },
    ],
  },
  "lists of names": {
    messages: () => {
      const topics = names(200, (at) => `list:${at}`);
      return [subscribe(topics), unsubscribe(topics)];
    },
  },
  "lists of names, refused": {
    messages: () => [subscribe(names(1000, (at) => `list:${at}:${"x".repeat(45)}`))],
  },
  "churn of patterns": {
    kept: { topics: 4000, publications: 1, bytes: 10 },
    messages: () => {
      const patterns = names(
        200,
        (at) =>
          `kept:${String(at)
            .padStart(4, "0")
            .slice(0, 1 + (at % 4))}*`,
      );
      const all = ["kept:*", "k*", "ke*", ...patterns];
      return [subscribe([...new Set(all)]), unsubscribe([...new Set(all)])];
    },
  },
  "churn of patterns over 1000 topics each": {
    kept: { topics: 1000, publications: 1, bytes: 10 },
    messages: () => {
      const patterns = ["k*", "ke*", "kep*", "kept*", "kept:*", "*"];
      return [subscribe(patterns), unsubscribe(patterns)];
    },
  },
  "reads of histories": {
    kept: { topics: 1, publications: 256, bytes: 200 },
    messages: () => [{ action: "history", topic: "kept:0000", limit: 1000 }],
  },
  "resumes of topics": {
    kept: { topics: 200, publications: 100, bytes: 100 },
    messages: ({ epoch, floor }) => [subscribe([{ topic: "kept:*", since: { epoch, floor, offsets: {} } }])],
  },
  "resumes that name 1500 topics": {
    kept: { topics: 900, publications: 1, bytes: 10 },
    messages: ({ epoch, floor }) => {
      const offsets = Object.fromEntries(
        names(1500, (at) => [`kept:${at}:${"x".repeat(20)}`, 0] as never) as never,
      );
      return [subscribe([{ topic: "kept:*", since: { epoch, floor, offsets } }])];
    },
  },
  "batches of a thousand": {
    request: {
      path: "/publish",
      body: { messages: names(1000, (at) => `kept:${at % 100}`).map((topic) => ({ topic, data: 1 })) },
    },
  },
  "batches of deep JSON": {
    request: {
      path: "/publish",
      body: { messages: names(15, (at) => `kept:${at}`).map((topic) => ({ topic, data: deepJson() })) },
    },
  },
  "reads of histories over HTTP": {
    kept: { topics: 1, publications: 256, bytes: 200 },
    request: { path: "/topics/kept:0000/history?limit=1000" },
  },
  "streams that begin and end": {
    kept: { topics: 1000, publications: 1, bytes: 10 },
    request: {
      path: `/sse?${names(190, (at) => `topic=kept:${String(at).padStart(4, "0")}`).join("&")}&topic=kept:*`,
      isStream: true,
    },
    isFlood: true,
  },
  "requests without a token": { request: { path: "/topics/a/history?token=x" }, isFlood: true },
  presence: { messages: () => [{ action: "presence", topic: "canary:1" }] },
  "renewals of a token": { messages: (_, token) => [{ action: "authenticate", token }] },
  "a flood of pings": { isFlood: true, messages: () => [{ action: "ping" }] },
  "a flood of deep JSON": {
    isFlood: true,
    messages: () => [{ action: "publish", topic: "kept:deep", data: deepJson() }],
  },
};
