import { describe, expect, test } from "bun:test";
import type { TopicRuleInput } from "../../../src/hub/topic-rules.ts";
import type { TestMessage } from "../../../src/testing/message.ts";
import type { TestTransport } from "../../../src/testing/test-transport.ts";
import { connect, newHub, UNSENT_LIMIT } from "./setup.ts";

const TOPICS: TopicRuleInput[] = [{ match: "level:*", slow: "latest" }];
const TURN_MS = 20;
/** Unsent bytes from which the newest wait. */
const HALF = UNSENT_LIMIT / 2;
/** Data that makes a publication of a little more than so many bytes. */
const large = (bytes: number) => "x".repeat(bytes);

async function open(...topics: string[]) {
  const { hub, clock, errors } = newHub({ topics: TOPICS });
  const { connection, transport } = connect(hub);
  await hub.subscribe(connection, topics);
  const publish = async (topic: string, ...data: unknown[]) => {
    for (const each of data) await hub.publish(topic, each);
  };
  /** Lets the reader take all that is unsent. */
  const drain = () => {
    transport.unsent = 0;
    clock.advance(TURN_MS);
  };
  return { hub, clock, errors, connection, transport, publish, drain };
}

const told = (transport: TestTransport) => transport.take().map(inShort);

function inShort({ type, topic, data, skipped, status, code }: TestMessage): unknown {
  if (type === "gap") return `${topic}: ${skipped} skipped`;
  if (status !== undefined || type === "unsubscribed") return code ?? status;
  return `${topic}=${typeof data === "string" ? data.length : data}`;
}

describe("by the rule latest", () => {
  test("a reader that is too slow gets the newest of each topic once it drains, and is told of the others", async () => {
    const { transport, publish, drain, clock } = await open("level:*");
    transport.isStuck = true;
    await publish("level:a", large(600), 1, 2, 3);
    await publish("level:b", 1);
    await publish("level:a", 4);
    expect(told(transport)).toEqual(["level:a=600"]);
    clock.advance(10_000);
    expect(told(transport)).toEqual([]);
    drain();
    expect(told(transport)).toEqual(["level:b=1", "level:a: 3 skipped", "level:a=4"]);
    await publish("level:a", 5);
    expect(told(transport)).toEqual(["level:a=5"]);
    expect(transport.closing).toBeUndefined();
    expect(clock.timers).toBe(0);
  });

  test("it begins at half of the limit, and ends when no more than a quarter is unsent", async () => {
    const { transport, publish, clock } = await open("level:a");
    transport.unsent = HALF;
    await publish("level:a", 1);
    expect(told(transport)).toEqual([]);
    transport.unsent = UNSENT_LIMIT / 4 + 1;
    clock.advance(TURN_MS);
    expect(told(transport)).toEqual([]);
    transport.unsent = UNSENT_LIMIT / 4;
    clock.advance(TURN_MS);
    expect(told(transport)).toEqual(["level:a=1"]);
  });

  test("what waits goes out piece by piece, as the reader takes it", async () => {
    const { transport, publish, drain } = await open("level:*");
    transport.unsent = HALF;
    transport.isStuck = true;
    for (const topic of ["level:a", "level:b", "level:c"]) await publish(topic, large(80));
    drain();
    expect(told(transport)).toEqual(["level:a=80", "level:b=80"]);
    drain();
    expect(told(transport)).toEqual(["level:c=80"]);
  });

  test("nothing overtakes what waits of its own topic", async () => {
    const { transport, publish, clock } = await open("level:*");
    transport.unsent = HALF;
    await publish("level:a", 1);
    transport.unsent = 0;
    await publish("level:a", 2);
    await publish("level:b", 3);
    expect(told(transport)).toEqual(["level:b=3"]);
    clock.advance(TURN_MS);
    expect(told(transport)).toEqual(["level:a: 1 skipped", "level:a=2"]);
  });

  test("topics so many or large that their newest are too much end the connection", async () => {
    const { transport, publish } = await open("level:*");
    transport.unsent = HALF;
    await publish("level:a", large(200));
    expect(transport.closing).toBeUndefined();
    await publish("level:b", large(300));
    expect(transport.closing).toEqual({ code: 4001, reason: "Slow consumer" });
    expect(told(transport)).toEqual([]);
  });

  test("replies keep their place, and topics of another rule end the connection at the limit", async () => {
    const { hub, connection, transport, publish, drain } = await open("level:a", "other");
    transport.unsent = HALF;
    await publish("level:a", 1);
    hub.revoke(connection, "none", "forbidden");
    drain();
    expect(told(transport)).toEqual(["forbidden", "level:a=1"]);
    transport.unsent = UNSENT_LIMIT;
    await publish("other", 1);
    expect(transport.closing?.code).toBe(4001);
  });

  test("a direct message of such a topic is never left out", async () => {
    const { hub, transport } = await open("level:a");
    transport.unsent = HALF;
    await hub.sendToUser("alex", { topic: "level:a", data: 1 });
    expect(told(transport)).toEqual(["level:a=1"]);
  });

  test("what waits is forgotten with its subscription, unless another one selects it", async () => {
    const { hub, connection, transport, publish, drain } = await open("level:a", "level:b*", "level:b");
    transport.unsent = HALF;
    await publish("level:a", 1);
    await publish("level:b", 2);
    hub.unsubscribe(connection, ["level:a", "level:b"]);
    drain();
    expect(told(transport)).toEqual(["level:b=2"]);
  });

  test("what waits, and its timer, are forgotten with the connection", async () => {
    const { hub, clock, connection, transport, publish } = await open("level:a");
    transport.unsent = HALF;
    await publish("level:a", 1);
    hub.disconnected(connection, 1006, "");
    transport.unsent = 0;
    clock.advance(TURN_MS);
    expect(told(transport)).toEqual([]);
    expect(clock.timers).toBe(0);
  });
});

test("one stopped reader delays no other", async () => {
  const { hub, transport, publish } = await open("level:a");
  const other = connect(hub);
  await hub.subscribe(other.connection, "level:a");
  transport.unsent = HALF;
  await publish("level:a", 1, 2, 3);
  expect(told(other.transport)).toEqual(["level:a=1", "level:a=2", "level:a=3"]);
});
