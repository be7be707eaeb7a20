import { expect, test } from "bun:test";
import { memoryBroker } from "../../../src/broker/memory.ts";
import type { Envelope, Position } from "../../../src/hub/broker.ts";

const envelope: Envelope = { topic: "a", type: "message", json: "1", time: 7 };

function newBroker() {
  const delivered: [Envelope, Position | undefined][] = [];
  const broker = memoryBroker()({ deliver: (it, position) => void delivered.push([it, position]) });
  return { broker, delivered };
}

test("what is published is delivered once, before publish returns", () => {
  const { broker, delivered } = newBroker();
  const published = broker.publish(envelope);
  expect(delivered).toEqual([[envelope, undefined]]);
  expect(published).toBeUndefined();
});

test("publications are delivered in their order", () => {
  const { broker, delivered } = newBroker();
  for (const json of ["1", "2", "3"]) void broker.publish({ ...envelope, json });
  expect(delivered.map(([{ json }]) => json)).toEqual(["1", "2", "3"]);
});

test("each hub has a broker of its own", () => {
  const [first, second] = [newBroker(), newBroker()];
  void first.broker.publish(envelope);
  expect(second.delivered).toEqual([]);
});

test("no topic keeps a history", async () => {
  const { broker } = newBroker();
  void broker.publish(envelope);
  expect(await broker.history("a", {})).toBeUndefined();
  expect(await broker.history("a", { limit: 5, since: { epoch: "e", offset: 0 } })).toBeUndefined();
});
