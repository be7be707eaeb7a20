import { isReply, type Message, messagesOf } from "../../test/support/message.ts";
import type { ProxyConnection, TcpProxy } from "../../test/support/proxy.ts";
import { rawUpgrade } from "../../test/support/raw-websocket.ts";
import type { Breakage } from "./breakage.ts";
import { eventsOf } from "./event-stream.ts";
import type { Subscriber } from "./subscriber.ts";

/** One connection of a subscriber, from where it was, until its breakage or anything else ends it. */
export type Live = (
  proxy: TcpProxy,
  breakage: Breakage,
  bearer: string,
  subscriber: Subscriber,
) => Promise<void>;

function prepared(proxy: TcpProxy, { prepare }: Breakage): () => ProxyConnection | undefined {
  let connection: ProxyConnection | undefined;
  proxy.next((next) => {
    connection = next;
    prepare(next);
  });
  return () => connection;
}

/** @param requests What each `subscribe` names: one topic or pattern by itself, or a list of more. */
export function liveOverWebSocket(requests: readonly (readonly string[])[]): Live {
  return async (proxy, breakage, bearer, subscriber) => {
    const connection = prepared(proxy, breakage);
    const headers = { Authorization: `Bearer ${bearer}` };
    const { ms } = breakage;
    const broken = () => undefined;
    const answer = await rawUpgrade(proxy, { headers, protocols: ["topichub.v1"], ms }).catch(broken);
    if (!answer) return;
    // Node answers the half of a request by itself.
    if (!answer.upgraded && answer.status === 400 && answer.body === "") return;
    if (!answer.upgraded) throw new Error(`refused with ${answer.status}: ${answer.body}`);
    const { socket } = answer;
    const { promise: fault, reject } = Promise.withResolvers<never>();
    const take = (message: Message) => {
      if (isReply(message)) subscriber.replied(message);
      else if (message.offset !== undefined) subscriber.published(message);
      else if (message.type === "gap") subscriber.skipped(message);
      // It no longer knows where the client is: a new connection does, or says so.
      else if (message.type === "unsubscribed") socket.destroy();
    };
    socket.onText((frame) => {
      try {
        for (const message of messagesOf(frame, true)) take(message);
      } catch (error) {
        reject(error);
      }
    });
    for (const names of requests) {
      const entries = names.map((name) => subscriber.positions.entryOf(name));
      const what = entries.length === 1 ? entries[0] : { topics: entries };
      socket.send(JSON.stringify({ action: "subscribe", ...what }));
    }
    await Promise.race([socket.ended, new Promise((resolve) => setTimeout(resolve, ms)), fault]);
    const made = connection();
    if (made) breakage.end(made);
    socket.destroy();
  };
}

/** As an EventSource does it: what it knows of where it is, is the newest id. */
export function liveOverEventStream(names: readonly string[]): Live {
  let lastId: string | undefined;
  return async (proxy, breakage, bearer, subscriber) => {
    const connection = prepared(proxy, breakage);
    const url = new URL("/sse", proxy.url);
    for (const name of names) url.searchParams.append("topic", name);
    const headers: Record<string, string> = { Authorization: `Bearer ${bearer}` };
    if (lastId !== undefined) headers["Last-Event-ID"] = lastId;
    const resumes = lastId !== undefined;
    let isFirst = true;
    for await (const { name, data, id } of eventsOf(url, headers, breakage.ms)) {
      if (isFirst !== (name === "subscribed"))
        throw new Error(`'${name}' came ${isFirst ? "first" : "later"}`);
      const message: Message = JSON.parse(data);
      if (isFirst) subscriber.replied(resumes ? message : withoutPosition(message));
      else if (name === "message" && message.offset !== undefined) subscriber.published(message);
      else if (name === "gap") subscriber.skipped(message);
      isFirst = false;
      // The id of a close that means stop would be answered 204 from then on: this one goes on all the same.
      if (name !== "close") lastId = id ?? lastId;
      if (name === "unsubscribed" || name === "close") break;
    }
    const made = connection();
    if (made) breakage.end(made);
  };
}

/** The reply as it is to be read by who had no id to resume with: what it missed does not come. */
function withoutPosition(reply: Message): Message {
  const results = (reply.topics ?? [reply]).map((result) => ({ ...result, recovered: false }));
  return { status: "success", topics: results };
}
