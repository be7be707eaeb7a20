// Compiled, never run: what must not compile stands behind @ts-expect-error.
import {
  type BrokerFactory,
  CloseCode,
  type ConfigInput,
  type Connection,
  type ErrorCode,
  type Page,
  type Principal,
  type Published,
  type TopicEntry,
  TopicHub,
  type Transport,
} from "../../src/index.ts";

declare const connection: Connection;
declare const transport: Transport;
declare const principal: Principal;
const hub = new TopicHub();

export async function compiles(config: ConfigInput) {
  const ending: TopicHub[] = [
    new TopicHub({ drain: { window_ms: 0 } }),
    new TopicHub({ drain: config.drain }),
  ];
  const published: Published = await hub.publish("a", { any: ["data"] }, { type: "event" });
  const offset: number | undefined = published.offset;
  await hub.publish("a", null);
  const reached: number = await hub.sendToUser("alex", { data: 1, topic: "task:1", type: "task_update" });
  const end: () => void = hub.listen("a*", ({ topic, data }) => [topic, data], { passive: true });
  const ended: () => void = hub.on("topicActive", (topic) => topic.length);
  await hub.subscribe(connection, ["a", "b*"], () => {});
  const { entries, next }: Page<TopicEntry> = await hub.listTopics({ limit: 5 });
  const { entries: open } = await hub.listConnections({ after: next });
  const { entries: users } = await hub.presence("a");
  const listed = [entries[0]?.subscribers, open[0]?.unsent_bytes, users[0]?.connections];
  const code: CloseCode = CloseCode.TokenExpired;
  const error: ErrorCode = "forbidden";
  return [offset, reached, end, ended, ending, listed, code, error];
}

export function doesNotCompile() {
  // @ts-expect-error a time that a drain has not
  new TopicHub({ drain: { windowMs: 0 } });
  // @ts-expect-error no data
  void hub.publish("a");
  // @ts-expect-error no topic
  void hub.publish();
  // @ts-expect-error a topic that is no text
  void hub.publish(5, 1);
  // @ts-expect-error the type has its place in the options
  void hub.publish("a", 1, "event");
  // @ts-expect-error a type that is no text
  void hub.publish("a", 1, { type: 5 });
  // @ts-expect-error an option that is not there
  void hub.publish("a", 1, { retain: true });
  // @ts-expect-error a message without data
  void hub.sendToUser("alex", { topic: "a" });
  // @ts-expect-error data in place of a message
  void hub.sendToUser("alex", "data");
  // @ts-expect-error a connection in place of its id
  void hub.sendToConnection(connection, { data: 1 });
  // @ts-expect-error nobody who listens
  hub.listen("a");
  // @ts-expect-error an event that is not there
  hub.on("topicGone", () => {});
  // @ts-expect-error presence of nothing
  void hub.presence();
  // @ts-expect-error an id in place of the connection
  void hub.subscribe(connection.id, "a");
  // @ts-expect-error a connection needs a socket
  hub.connect({ principal, unsentLimit: 1 });
  // @ts-expect-error a limit belongs to it
  hub.connect({ principal, transport });
  // @ts-expect-error a broker in place of what makes one
  new TopicHub({ broker: { publish() {} } });
  // @ts-expect-error a hook that is not there
  new TopicHub({ onPublish() {} });
  // @ts-expect-error the id is the server's
  connection.id = "mine";
  // @ts-expect-error a code that no socket is closed with
  const code: CloseCode = 4999;
  // @ts-expect-error a code that no error has
  const error: ErrorCode = "oops";
  // @ts-expect-error a broker without history
  const broker: BrokerFactory = () => ({
    publish: () => undefined,
    subscribe() {},
    unsubscribe() {},
    close: async () => {},
  });
  // @ts-expect-error a socket that cannot tell its unsent bytes
  const deaf: Transport = {
    send() {},
    close() {},
    ping() {},
    terminate() {},
    pause() {},
    resume() {},
    canPing: true,
    canTerminate: true,
  };
  return [code, error, broker, deaf];
}
