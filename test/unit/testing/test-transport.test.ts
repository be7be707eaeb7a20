import { expect, test } from "bun:test";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { ManualClock, TestTransport } from "../../../src/testing/index.ts";

const principal = { user: "alex", isAdmin: false, claims: {} };

test("a hub without routes takes it for a socket", async () => {
  const hub = new TopicHub({ clock: new ManualClock() });
  const transport = new TestTransport();
  const connection = hub.connect({ principal, transport, unsentLimit: 1000 });
  await hub.subscribe(connection, "a");
  await hub.publish("a", 1);
  await hub.publish("a", 2);
  expect(await transport.next()).toMatchObject({ topic: "a", data: 1 });
  expect(transport.take()).toMatchObject([{ topic: "a", data: 2 }]);
  transport.isStuck = true;
  for (let number = 0; number < 30; number++) await hub.publish("a", number);
  expect(await transport.closed()).toMatchObject({ code: 4001 });
  const taken = transport.take();
  expect(taken.length).toBeGreaterThan(5);
  expect(taken.length).toBeLessThan(30);
  await expect(transport.next()).rejects.toThrow('closed with {"code":4001');
});
