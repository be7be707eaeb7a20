import { describe, expect, test } from "bun:test";
import { memoryBroker } from "../../../src/broker/memory.ts";
import type { BrokerFactory } from "../../../src/hub/broker.ts";
import type { TopicRuleInput } from "../../../src/hub/topic-rules.ts";
import type { TestMessage } from "../../../src/testing/message.ts";
import { openSession, type SessionOptions } from "./session-setup.ts";

const LARGE = "x".repeat(70_000);
const TOPICS: TopicRuleInput[] = [
  { match: "value:*", history: { size: 1, ttl_s: 60 }, slow: "latest" },
  { match: "latest:*", history: { size: 10, ttl_s: 60 }, slow: "latest" },
  { match: "*", history: { size: 3, ttl_s: 60 } },
];

function open({ hub, ...options }: SessionOptions = {}) {
  const opened = openSession({ hub: { topics: TOPICS, ...hub }, ...options });
  const publish = async (topic: string, ...data: unknown[]) => {
    for (const each of data) await opened.hub.publish(topic, each);
  };
  /** What came since that was last asked, replies apart. */
  const came = () => opened.transport.take().flatMap((sent) => (sent.status ? [] : [inShort(sent)]));
  const subscribe = async (topics: unknown[]) => {
    await opened.ask({ action: "subscribe", topics });
  };
  return { ...opened, publish, came, subscribe };
}

function inShort({ type, topic, offset, code, skipped }: TestMessage): string {
  if (type === "gap") return `${topic} without ${skipped}`;
  return type === "unsubscribed" ? `${topic} ended: ${code}` : `${topic}#${offset}`;
}

async function epochOf({ ask }: Pick<ReturnType<typeof open>, "ask">): Promise<unknown> {
  return (await ask({ action: "subscribe", topic: "any" })).epoch;
}

describe("a topic that is resumed twice", () => {
  test("in one list is sent once, from the earlier position", async () => {
    const opened = open();
    const { publish, subscribe, came } = opened;
    const epoch = await epochOf(opened);
    await publish("a:1", 1, 2, 3);
    const pattern = { topic: "a:*", since: { epoch, floor: 0, offsets: { "a:1": 2 } } };
    await subscribe([{ topic: "a:1", since: { epoch, offset: 1 } }, pattern]);
    expect(came()).toEqual(["a:1#2", "a:1#3"]);
  });

  test("goes on where it is, though the second time is from a later position", async () => {
    const opened = open();
    const { publish, subscribe, came, transport, clock } = opened;
    const epoch = await epochOf(opened);
    await publish("a", LARGE, 2, 3);
    transport.isStuck = true;
    await subscribe([{ topic: "a", since: { epoch, offset: 0 } }]);
    expect(came()).toEqual(["a#1"]);
    await subscribe([{ topic: "a", since: { epoch, offset: 2 } }]);
    transport.unsent = 0;
    clock.advance(20);
    expect(came()).toEqual(["a#2", "a#3"]);
  });
});

test("what is lost at once ends the replay of all that the subscription selected", async () => {
  const opened = open();
  const { publish, subscribe, came, hub, session } = opened;
  const epoch = await epochOf(opened);
  await publish("a:1", 1);
  await publish("a:2", 1);
  hub.on("topicActive", () => {
    for (const data of [2, 3, 4]) void hub.publish("a:1", data);
  });
  await subscribe([{ topic: "a:*", since: { epoch, floor: 0, offsets: {} } }]);
  expect(came()).toEqual(["a:* ended: position_lost"]);
  expect([...session.connection.subscriptions]).toEqual(["any"]);
});

describe("the value of a topic of which one is kept", () => {
  test("gives way to what is published while it waits for the reader", async () => {
    const { publish, subscribe, came, transport, clock } = open({ limits: { unsent_bytes: 1_000_000 } });
    await publish("value:a", 1);
    transport.unsent = 70_000;
    await subscribe(["value:a"]);
    await publish("value:a", 2, 3);
    expect(came()).toEqual(["value:a#2", "value:a#3"]);
    transport.unsent = 0;
    clock.advance(20);
    expect(came()).toEqual([]);
  });

  test("that cannot be read ends the subscription", async () => {
    const unreadable: BrokerFactory = (sink, settings) => ({
      ...memoryBroker()(sink, settings),
      history: () => {
        throw new Error("This read fails");
      },
    });
    const { publish, subscribe, came, errors } = open({ hub: { broker: unreadable } });
    await publish("value:a", 1);
    await subscribe(["value:a"]);
    expect(came()).toEqual(["value:a ended: position_lost"]);
    expect(errors).toEqual(["broker: This read fails"]);
  });

  test("is not sent past what waits of the topic already, so that what was left out is told", async () => {
    const { publish, subscribe, came, transport, clock } = open();
    await subscribe(["value:*"]);
    transport.isStuck = true;
    await publish("value:a", "x".repeat(4900), "x".repeat(100), 3, 4);
    expect(came()).toEqual(["value:a#1"]);
    await subscribe(["value:a"]);
    transport.unsent = 0;
    clock.advance(20);
    expect(came()).toEqual(["value:a without 2", "value:a#4"]);
  });
});

describe("a resume of what waits for a slow reader", () => {
  const left: [offset: number, came: string[]][] = [
    [1, ["latest:a#2", "latest:a#3", "latest:a#4"]],
    [2, ["latest:a without 1", "latest:a#3", "latest:a#4"]],
    [3, ["latest:a without 2", "latest:a#4"]],
  ];
  test.each(left)("from %d tells what it does not bring", async (offset, expected) => {
    const opened = open();
    const { publish, subscribe, came, transport, clock } = opened;
    const epoch = await epochOf(opened);
    await subscribe(["latest:*"]);
    transport.isStuck = true;
    await publish("latest:a", "x".repeat(4900), "x".repeat(100), 3, 4);
    expect(came()).toEqual(["latest:a#1"]);
    await subscribe([{ topic: "latest:a", since: { epoch, offset } }]);
    transport.unsent = 0;
    clock.advance(20);
    expect(came()).toEqual(expected);
  });
});

test("a connection that its own reply was too much for is sent nothing more", async () => {
  const { publish, send, transport, clock, hub } = open();
  await publish("value:a", 1);
  transport.unsent = 10_000 + 65_536;
  send({ action: "subscribe", topic: "value:a" });
  expect(await transport.closed()).toMatchObject({ code: 4001 });
  transport.unsent = 0;
  clock.advance(20);
  expect(transport.late).toEqual([]);
  expect(hub.size.topics).toBe(0);
});
