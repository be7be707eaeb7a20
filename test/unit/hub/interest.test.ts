import { expect, test } from "bun:test";
import { Interest } from "../../../src/hub/interest.ts";
import { matches } from "../../../src/protocol/topic.ts";
import { Random } from "../../support/random.ts";
import { BROKER_SETTINGS, connect, dataOf, newHub, turn } from "./setup.ts";
import { SlowBroker } from "./slow-broker.ts";

function setUp() {
  const broker = new SlowBroker();
  const errors: unknown[] = [];
  const interest = new Interest(
    broker.factory({ deliver() {} }, BROKER_SETTINGS),
    (error) => void errors.push(error),
  );
  return { broker, errors, interest };
}

test("the broker is asked once for what many want, until the last one goes", async () => {
  const { broker, interest } = setUp();
  broker.isSlow = false;
  await interest.acquire(["a"]);
  await interest.acquire(["a", "b*"]);
  expect(interest.size).toBe(2);
  interest.release(["a"]);
  expect([...broker.asked]).toEqual(["a", "b*"]);
  interest.release(["a", "b*"]);
  expect(broker.calls).toEqual(["subscribe a", "subscribe b*", "unsubscribe a", "unsubscribe b*"]);
  expect(interest.size).toBe(0);
});

test("nobody is told that it has a topic before the broker has it", async () => {
  const { broker, interest } = setUp();
  const told: string[] = [];
  const first = interest.acquire(["a"]).then(() => told.push("first"));
  const second = interest.acquire(["a", "b"]).then(() => told.push("second"));
  broker.settle("b");
  await turn();
  expect(told).toEqual([]);
  broker.settle("a");
  await Promise.all([first, second]);
  expect(told).toEqual(["first", "second"]);
});

test("who gives up while another one waits takes nothing from it", async () => {
  const { broker, interest } = setUp();
  const first = interest.acquire(["a"]);
  const second = interest.acquire(["a"]);
  interest.release(["a"]);
  broker.settle();
  await Promise.all([first, second]);
  expect(broker.calls).toEqual(["subscribe a"]);
  expect([...broker.asked]).toEqual(["a"]);
});

test("who comes while the last one goes is served", async () => {
  const { broker, interest } = setUp();
  const first = interest.acquire(["a"]);
  interest.release(["a"]);
  const second = interest.acquire(["a"]);
  expect(broker.calls).toEqual(["subscribe a", "unsubscribe a", "subscribe a"]);
  broker.settle();
  await Promise.all([first, second]);
  expect([...broker.asked]).toEqual(["a"]);
});

test("where one of several fails, nothing is held of them", async () => {
  const { broker, interest } = setUp();
  broker.isSlow = false;
  broker.failing.add("bad");
  await interest.acquire(["kept"]);
  await expect(interest.acquire(["kept", "good", "bad"])).rejects.toThrow("no bad");
  await expect(interest.acquire(["bad"])).rejects.toThrow("no bad");
  expect(interest.size).toBe(1);
  expect([...broker.asked]).toEqual(["kept"]);
  broker.failing.clear();
  await interest.acquire(["bad"]);
  expect([...broker.asked]).toEqual(["kept", "bad"]);
});

test("a failure to unsubscribe is reported", async () => {
  const errors: unknown[] = [];
  const broker = { subscribe() {}, unsubscribe: () => Promise.reject(new Error("gone")) };
  const interest = new Interest(broker, (error) => void errors.push(error));
  await interest.acquire(["a"]);
  interest.release(["a"]);
  await turn();
  expect(errors).toEqual([new Error("gone")]);
});

const SELECTORS = ["a", "ab", "a*", "b", "*"];
const TOPICS = ["a", "ab", "b"];

test("whatever comes and goes at a slow broker, those who are subscribed get publications", async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new Random(seed);
  const broker = new SlowBroker();
  const { hub, errors } = newHub({ broker: broker.factory });
  const all = [connect(hub), connect(hub), connect(hub)];
  let pending: Promise<void>[] = [];
  for (let step = 0; step < 1500; step++) {
    const told = `seed ${seed}, step ${step}`;
    const { connection } = random.of(all);
    const selector = random.of(SELECTORS);
    if (random.below(2) === 0) pending.push(hub.subscribe(connection, [selector, random.of(SELECTORS)]));
    else hub.unsubscribe(connection, selector);
    if (random.below(4) > 0) continue;
    broker.settle(random.below(2) === 0 ? undefined : random.of(SELECTORS));
    if (random.below(4) > 0) continue;
    broker.settle();
    await Promise.all(pending);
    pending = [];
    broker.settle();
    for (const topic of TOPICS) {
      await hub.publish(topic, step);
      for (const { connection, transport } of all) {
        const isSubscribed = [...connection.subscriptions].some((it) => matches(it, topic));
        expect(dataOf(transport), `${told}: ${topic}`).toEqual(isSubscribed ? [step] : []);
      }
    }
    const wanted = new Set(all.flatMap(({ connection }) => [...connection.subscriptions]));
    expect(broker.asked, told).toEqual(wanted);
    expect(hub.size.topics, told).toBe(wanted.size);
  }
  expect(errors).toEqual([]);
});
