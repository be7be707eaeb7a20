import { expect, test } from "bun:test";
import { count } from "../../../src/hub/rate-limit.ts";
import { openSession } from "./session-setup.ts";
import { connect, dataOf, newHub, principal, turn, UNSENT_LIMIT } from "./setup.ts";
import { SlowBroker } from "./slow-broker.ts";

test("a rate lets exactly its burst through at once, whatever the numbers", () => {
  const wrong: string[] = [];
  for (const perSecond of [1, 3, 6, 7, 9, 11, 13, 50, 60, 99, 333, 5000, 1_000_000])
    for (const burst of [1, 2, 3, 10, 97, 100, 1000]) {
      let [wholeAt, passed] = [0, 0];
      for (let at = 0; at < burst * 3; at++) {
        const counted = count(wholeAt, 1_795_376_400_000, { perSecond, burst });
        wholeAt = counted.wholeAt;
        if (counted.waitMs === 0) passed++;
      }
      if (passed !== burst) wrong.push(`${perSecond}/s, ${burst} at once: ${passed} passed`);
    }
  expect(wrong).toEqual([]);
});

test("a listener that the broker could not serve takes nothing from a connection when it ends", async () => {
  const broker = new SlowBroker();
  broker.isSlow = false;
  broker.failing.add("a");
  const { hub } = newHub({ broker: broker.factory });
  const end = hub.listen("a", () => {});
  await turn();
  broker.failing.clear();
  const { connection, transport } = connect(hub);
  await hub.subscribe(connection, "a");
  end();
  await hub.publish("a", 1);
  expect(dataOf(transport)).toEqual([1]);
  hub.unsubscribe(connection, "a");
  expect(hub.size.topics).toBe(0);
});

test("a broker whose unsubscribe throws keeps no connection from ending", async () => {
  const { hub, errors } = newHub({
    broker: () => ({
      publish: () => undefined,
      subscribe() {},
      unsubscribe() {
        throw new Error("thrown");
      },
      locate: (selectors, at) => at(selectors.map(() => ({ epoch: "k3v9", floor: 0, topics: new Map() }))),
      history: () => undefined,
      close: async () => {},
    }),
  });
  const { connection, transport } = connect(hub);
  await hub.subscribe(connection, ["a", "b"]);
  hub.disconnect(connection, 4501, "enough");
  await turn();
  expect(transport.closing?.code).toBe(4501);
  expect(hub.hasSubscribers("b")).toBe(false);
  expect(errors).toEqual(["broker: thrown", "broker: thrown"]);
});

test("who is cut by the reply to its subscription leaves nobody active", async () => {
  const { hub } = newHub();
  const events: string[] = [];
  hub.on("topicActive", (topic) => void events.push(`+${topic}`));
  hub.on("topicIdle", (topic) => void events.push(`-${topic}`));
  const { connection, transport } = connect(hub);
  transport.unsent = UNSENT_LIMIT + 65_536;
  await hub.subscribe(connection, "a", () => hub.tell(connection, { status: "success", message: "x" }));
  expect(transport.closing?.code).toBe(4001);
  // Either both, in this order, or none.
  expect(["", "+a,-a"]).toContain(events.join());
});

test("a renewal that comes back after the connection closed leaves no timer", async () => {
  let verified = () => {};
  const { clock, session, send } = openSession({
    authenticate: () =>
      new Promise((resolve) => {
        verified = () => resolve(principal("alex", { expiresAt: 1_895_376_400_000 }));
      }),
  });
  send({ action: "authenticate", token: "new" });
  await turn();
  session.closed(1006, "");
  verified();
  await turn();
  expect(clock.timers).toBe(0);
});

test("a listener that another one ends meanwhile gets nothing more", async () => {
  const { hub } = newHub();
  const heard: unknown[] = [];
  hub.listen("a", () => end());
  const end = hub.listen("a", ({ data }) => void heard.push(data));
  await hub.publish("a", 1);
  expect(heard).toEqual([]);
});

test("a second close settles when the first one does", async () => {
  let closed = () => {};
  const { hub } = newHub({
    broker: () => ({
      publish: () => undefined,
      subscribe() {},
      unsubscribe() {},
      locate: (selectors, at) => at(selectors.map(() => ({ epoch: "k3v9", floor: 0, topics: new Map() }))),
      history: () => undefined,
      close: () => new Promise<void>((resolve) => (closed = resolve)),
    }),
  });
  const done: string[] = [];
  const both = [hub.close().then(() => done.push("first")), hub.close().then(() => done.push("second"))];
  await turn();
  expect(done).toEqual([]);
  closed();
  await Promise.all(both);
});

test("the limit on unsent bytes counts bytes", () => {
  const { hub } = newHub();
  const { connection, transport } = connect(hub);
  transport.unsent = UNSENT_LIMIT - 100;
  expect(connection.outbox.publication({ text: "主".repeat(100), topic: "a" })).toBe(false);
});

test("what one listener does to the data is not seen by another", async () => {
  const { hub } = newHub();
  const seen: unknown[] = [];
  hub.listen("a", ({ data }) => void Object.assign(data as object, { changed: true }));
  hub.listen("a", ({ data }) => void seen.push(structuredClone(data)));
  await hub.publish("a", { n: 1 });
  expect(seen).toEqual([{ n: 1 }]);
});

test("a transport that breaks its contract and throws ends nobody else's deliveries", async () => {
  const { hub, errors } = newHub();
  const broken = connect(hub);
  const { connection, transport } = connect(hub);
  await hub.subscribe(broken.connection, "a");
  await hub.subscribe(connection, "b");
  broken.transport.send = () => {
    throw new Error("broken");
  };
  await hub.publish("a", 1);
  await hub.publish("b", 2);
  expect([dataOf(transport), errors]).toEqual([[2], ["delivery: broken"]]);
});
