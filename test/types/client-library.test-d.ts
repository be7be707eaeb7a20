// Compiled, never run: what must not compile stands behind @ts-expect-error.
import * as v from "valibot";
import {
  type ClientSocketConstructor,
  connect,
  type Message,
  type TopicClient,
} from "../../src/client/index.ts";
import { defineTopics } from "../../src/index.ts";
import type { TestNetwork } from "../../src/testing/index.ts";

const topics = defineTopics({
  "backup:done": v.object({ server_name: v.string(), files: v.optional(v.number(), 0) }),
  "usage:{server}": v.object({ pid: v.number() }),
});
type AppTopics = typeof topics;

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_ extends true>() => {};

declare const hub: TopicClient<AppTopics>;
declare const untyped: TopicClient;
declare const server: string;
declare const network: TestNetwork;

export async function knowsTopicsAndData() {
  const typed: TopicClient<AppTopics> = connect<AppTopics>("/live");
  hub.subscribe("backup:done", (message) => {
    is<Equal<typeof message.data, { server_name: string; files: number }>>();
    is<Equal<typeof message.topic, "backup:done">>();
    const offset: number | undefined = message.offset;
    return offset;
  });
  hub.subscribe(`usage:${server}`, ({ data }) => data.pid.toFixed());
  hub.subscribe("*", (message) => (message.topic === "backup:done" ? message.data.files : message.data.pid));
  for await (const { data } of hub.topic("usage:*")) data.pid.toFixed();
  await hub.publish("backup:done", { server_name: "survival" });
  // @ts-expect-error a topic with a letter missing
  hub.subscribe("backup:don", () => {});
  // @ts-expect-error a pattern that selects nothing
  hub.topic("bakup:*");
  // @ts-expect-error a field of the wrong type
  await hub.publish("usage:survival", { pid: "1" });
  // @ts-expect-error a field that the data does not have
  hub.subscribe("usage:survival", ({ data }) => data.memory_mb);
  return typed;
}

export async function knowsNothingWithoutThem() {
  untyped.subscribe("whatever:*", (message) => {
    is<Equal<typeof message, Message<unknown, string>>>();
  });
  await untyped.publish("whatever", { any: ["data"] });
  for await (const { data } of untyped.topic("whatever")) is<Equal<typeof data, unknown>>();
  // @ts-expect-error data is to be looked at
  untyped.subscribe("a", ({ data }) => data.pid);
}

export function takesWhatThePlatformHas() {
  const sockets: ClientSocketConstructor[] = [WebSocket, network.WebSocket];
  connect("/live", { WebSocket: network.WebSocket, fetch: network.fetch });
  // @ts-expect-error an option that is not there
  connect("/live", { protocols: [] });
  // @ts-expect-error a token that is none
  connect("/live", { token: 5 });
  return sockets;
}
