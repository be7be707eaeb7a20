import { describe, expect, test } from "bun:test";
import type { TopicHub } from "../../../src/hub/topic-hub.ts";
import { connect, dataOf, newHub, topicsOf, turn } from "./setup.ts";
import { SlowBroker } from "./slow-broker.ts";

/** Follows `topicActive` as `+topic` and `topicIdle` as `-topic`. */
function activity(hub: TopicHub): string[] {
  const events: string[] = [];
  hub.on("topicActive", (topic) => void events.push(`+${topic}`));
  hub.on("topicIdle", (topic) => void events.push(`-${topic}`));
  return events;
}

const NOTHING = { connections: 0, users: 0, topics: 0 };

describe("subscribing", () => {
  test("is idempotent", async () => {
    const { hub } = newHub();
    const { connection, transport } = connect(hub);
    await hub.subscribe(connection, ["a", "a"]);
    await hub.subscribe(connection, "a");
    await hub.publish("a", 1);
    expect(dataOf(transport)).toEqual([1]);
    expect([...connection.subscriptions]).toEqual(["a"]);
    hub.unsubscribe(connection, "a");
    hub.unsubscribe(connection, "a");
    await hub.publish("a", 2);
    expect(dataOf(transport)).toEqual([]);
    expect(hub.size.topics).toBe(0);
  });

  test("takes topics and patterns, and nothing of a list in which there is something else", async () => {
    const { hub } = newHub();
    const { connection } = connect(hub);
    await expect(hub.subscribe(connection, ["a", "b c"])).rejects.toThrow(
      new TypeError('A topic has no white space, control, format or surrogate characters: got "b c"'),
    );
    expect(() => hub.listen("", () => {})).toThrow(
      new TypeError('A topic has at least one character: got ""'),
    );
    expect(connection.subscriptions.size).toBe(0);
    expect(hub.size.topics).toBe(0);
  });

  test("is confirmed before any publication that it selects", async () => {
    const { hub } = newHub();
    const { connection, transport } = connect(hub);
    hub.on("topicActive", (topic) => void hub.publish(topic, "published at once"));
    await hub.subscribe(connection, ["a", "b"], () =>
      hub.tell(connection, { status: "success", message: "subscribed" }),
    );
    expect(transport.take()).toMatchObject([
      { message: "subscribed" },
      { topic: "a", data: "published at once" },
      { topic: "b", data: "published at once" },
    ]);
  });

  test("is confirmed once who follows its topics is at work", async () => {
    const { hub } = newHub();
    const { connection } = connect(hub);
    const events = activity(hub);
    await hub.subscribe(connection, ["a", "b"], () => void events.push("confirmed"));
    expect(events).toEqual(["+a", "+b", "confirmed"]);
  });

  test("that cannot be confirmed holds up no publication", async () => {
    const { hub } = newHub();
    const { connection, transport } = connect(hub);
    hub.on("topicActive", (topic) => void hub.publish(topic, "published at once"));
    const confirmed = () => {
      throw new Error("no reply");
    };
    await expect(hub.subscribe(connection, "a", confirmed)).rejects.toThrow("no reply");
    await hub.publish("a", "later");
    expect(dataOf(transport)).toEqual(["published at once", "later"]);
  });

  test("is confirmed also where there is nothing new", async () => {
    const { hub } = newHub();
    const { connection } = connect(hub);
    let confirmations = 0;
    for (const topics of ["a", "a", []]) await hub.subscribe(connection, topics, () => void confirmations++);
    expect(confirmations).toBe(3);
  });
});

describe("at a slow broker", () => {
  test("nothing comes and nothing is confirmed before it has the topic; then both, in that order", async () => {
    const broker = new SlowBroker();
    const { hub } = newHub({ broker: broker.factory });
    const { connection, transport } = connect(hub);
    const subscribed = hub.subscribe(connection, ["a", "b"], () =>
      hub.tell(connection, { status: "success", message: "subscribed" }),
    );
    broker.settle("a");
    await hub.publish("a", "too early");
    await turn();
    expect(transport.frames).toEqual([]);
    expect(hub.hasSubscribers("a")).toBe(false);
    broker.settle("b");
    // What the broker brings from now on waits for no turn of the hub.
    const published = hub.publish("a", "at once");
    await Promise.all([subscribed, published]);
    await hub.publish("b", "later");
    const [reply, ...publications] = transport.take();
    expect(reply).toEqual({ status: "success", message: "subscribed" });
    expect(publications.at(-1)).toMatchObject({ topic: "b", data: "later" });
  });

  test("a connection that closes meanwhile leaves nothing and is told nothing", async () => {
    const broker = new SlowBroker();
    const { hub } = newHub({ broker: broker.factory });
    const events = activity(hub);
    const { connection, transport } = connect(hub);
    const subscribed = hub.subscribe(connection, ["a", "b*"], () => {
      throw new Error("confirmed a closed connection");
    });
    hub.disconnected(connection, 1006, "");
    broker.settle();
    await subscribed;
    broker.settle();
    expect(broker.asked.size).toBe(0);
    expect(hub.size).toEqual(NOTHING);
    expect(hub.hasSubscribers("a")).toBe(false);
    expect(events).toEqual([]);
    expect(transport.frames).toEqual([]);
  });

  test("two that ask for the same at once are one subscription", async () => {
    const broker = new SlowBroker();
    const subscribed: string[] = [];
    const { hub } = newHub({
      broker: broker.factory,
      onSubscribe: (_, topic) => void subscribed.push(topic),
    });
    const { connection } = connect(hub);
    const both = [hub.subscribe(connection, "a"), hub.subscribe(connection, ["a", "b"])];
    broker.settle();
    await Promise.all(both);
    expect(subscribed).toEqual(["a", "b"]);
    hub.unsubscribe(connection, ["a", "b"]);
    broker.settle();
    expect(broker.asked.size).toBe(0);
    expect(hub.size.topics).toBe(0);
  });

  test("ending what a closed connection had takes nothing from the others", async () => {
    const broker = new SlowBroker();
    broker.isSlow = false;
    const { hub } = newHub({ broker: broker.factory });
    const [closed, open] = [connect(hub), connect(hub)];
    for (const { connection } of [closed, open]) await hub.subscribe(connection, "a");
    hub.disconnect(closed.connection, 1000, "");
    hub.unsubscribe(closed.connection, "a");
    await hub.publish("a", 1);
    expect(dataOf(open.transport)).toEqual([1]);
    expect(hub.size.topics).toBe(1);
  });

  test("one that is ended while it is asked for again is there once that is confirmed", async () => {
    const broker = new SlowBroker();
    broker.isSlow = false;
    const { hub } = newHub({ broker: broker.factory });
    const { connection } = connect(hub);
    await hub.subscribe(connection, "a");
    broker.isSlow = true;
    const again = hub.subscribe(connection, ["a", "b"]);
    hub.unsubscribe(connection, "a");
    broker.settle();
    await again;
    expect([...connection.subscriptions]).toEqual(["a", "b"]);
    hub.unsubscribe(connection, ["a", "b"]);
    broker.settle();
    expect(broker.asked.size).toBe(0);
    expect(hub.size.topics).toBe(0);
  });

  test("what it cannot subscribe to rejects, confirms nothing and leaves nothing", async () => {
    const broker = new SlowBroker();
    broker.isSlow = false;
    broker.failing.add("b");
    const { hub, errors } = newHub({ broker: broker.factory });
    const { connection } = connect(hub);
    const confirmed = () => {
      throw new Error("confirmed");
    };
    await expect(hub.subscribe(connection, ["a", "b"], confirmed)).rejects.toThrow("no b");
    expect(connection.subscriptions.size).toBe(0);
    expect(broker.asked.size).toBe(0);
    expect(hub.size.topics).toBe(0);
    broker.failing.clear();
    await hub.subscribe(connection, ["a", "b"]);
    expect([...connection.subscriptions]).toEqual(["a", "b"]);
    expect(errors).toEqual([]);
  });

  test("a listener that ends twice takes nothing from anybody else", async () => {
    const broker = new SlowBroker();
    broker.isSlow = false;
    const { hub } = newHub({ broker: broker.factory });
    const { connection, transport } = connect(hub);
    const end = hub.listen("a", () => {});
    await hub.subscribe(connection, "a");
    end();
    end();
    await hub.publish("a", 1);
    expect(dataOf(transport)).toEqual([1]);
  });

  test("a listener that it cannot serve is reported", async () => {
    const broker = new SlowBroker();
    broker.isSlow = false;
    broker.failing.add("a");
    const { hub, errors } = newHub({ broker: broker.factory });
    hub.listen("a", () => {});
    await turn();
    expect(errors).toEqual(["broker: no a"]);
  });
});

describe("the first and the last subscriber", () => {
  test("are told once each, of connections", async () => {
    const { hub } = newHub();
    const events = activity(hub);
    const [first, second] = [connect(hub), connect(hub)];
    await hub.subscribe(first.connection, "a");
    await hub.subscribe(second.connection, ["a", "b"]);
    await hub.subscribe(second.connection, "a");
    expect(events.splice(0)).toEqual(["+a", "+b"]);
    hub.unsubscribe(first.connection, "a");
    expect(events).toEqual([]);
    hub.disconnected(second.connection, 1000, "");
    hub.disconnected(second.connection, 1000, "");
    expect(events).toEqual(["-a", "-b"]);
  });

  test("are told of patterns, by the pattern", async () => {
    const { hub } = newHub();
    const events = activity(hub);
    const { connection } = connect(hub);
    await hub.subscribe(connection, ["a*", "ab"]);
    hub.unsubscribe(connection, "a*");
    hub.unsubscribe(connection, "ab");
    expect(events).toEqual(["+a*", "+ab", "-a*", "-ab"]);
  });

  test("are told of listeners, which count as connections do", async () => {
    const { hub } = newHub();
    const events = activity(hub);
    const { connection } = connect(hub);
    const end = hub.listen("a", () => {});
    await hub.subscribe(connection, "a");
    end();
    end();
    expect(events).toEqual(["+a"]);
    hub.unsubscribe(connection, "a");
    expect(events).toEqual(["+a", "-a"]);
    const ends = [hub.listen("a", () => {}), hub.listen("a", () => {})];
    for (const endOne of ends) endOne();
    expect(events).toEqual(["+a", "-a", "+a", "-a"]);
  });

  test("are not told of a passive listener, which still receives", async () => {
    const { hub } = newHub();
    const events = activity(hub);
    const heard: unknown[] = [];
    const end = hub.listen("a*", ({ data }) => void heard.push(data), { passive: true });
    expect(hub.hasSubscribers("ab")).toBe(false);
    const { connection } = connect(hub);
    await hub.subscribe(connection, "a*");
    await hub.publish("ab", 1);
    end();
    expect(events).toEqual(["+a*"]);
    hub.listen("a*", () => {}, { passive: true });
    hub.unsubscribe(connection, "a*");
    expect(events).toEqual(["+a*", "-a*"]);
    expect(heard).toEqual([1]);
  });

  test("are there, or gone, when they are told", async () => {
    const { hub } = newHub();
    const seen: [string, boolean][] = [];
    hub.on("topicActive", (topic) => void seen.push([`+${topic}`, hub.hasSubscribers(topic)]));
    hub.on("topicIdle", (topic) => void seen.push([`-${topic}`, hub.hasSubscribers(topic)]));
    const { connection } = connect(hub);
    await hub.subscribe(connection, "a");
    hub.disconnect(connection, 1000, "");
    hub.listen("b", () => {})();
    expect(seen).toEqual([
      ["+a", true],
      ["-a", false],
      ["+b", true],
      ["-b", false],
    ]);
  });

  test("are told to every follower until it ends, whatever another one throws", async () => {
    const { hub, errors } = newHub();
    hub.on("topicActive", () => {
      throw new Error("thrown");
    });
    const events = activity(hub);
    const end = hub.on("topicActive", (topic) => void events.push(`ended ${topic}`));
    end();
    hub.listen("a", () => {});
    expect(events).toEqual(["+a"]);
    expect(errors).toEqual(["hook: thrown"]);
  });
});

describe("having subscribers", () => {
  test("means by name or by pattern", async () => {
    const { hub } = newHub();
    const { connection } = connect(hub);
    await hub.subscribe(connection, ["a", "event:*"]);
    expect(["a", "event:", "event:x"].map((topic) => hub.hasSubscribers(topic))).toEqual([true, true, true]);
    expect(["b", "aa", "event"].map((topic) => hub.hasSubscribers(topic))).toEqual([false, false, false]);
  });
});

test("emptied topics leave nothing", async () => {
  const { hub } = newHub();
  const all = Array.from({ length: 20 }, (_, at) => connect(hub, `user${at % 3}`));
  for (const [at, { connection }] of all.entries())
    await hub.subscribe(connection, ["*", `a${at}`, `a${at}*`, "shared"]);
  const ends = [hub.listen("a0", () => {}), hub.listen("passive", () => {}, { passive: true })];
  expect(hub.size).toEqual({ connections: 20, users: 3, topics: 43 });
  for (const [at, { connection }] of all.entries()) {
    if (at % 2 === 0) hub.unsubscribe(connection, [...connection.subscriptions]);
    hub.disconnected(connection, 1006, "");
  }
  for (const end of ends) end();
  expect(hub.size).toEqual(NOTHING);
  expect(hub.connections()).toEqual([]);
  await hub.publish("shared", 1);
  expect(all.flatMap(({ transport }) => topicsOf(transport))).toEqual([]);
});
