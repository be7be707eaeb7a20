import { describe, expect, test } from "bun:test";
import { connect } from "../../src/client/index.ts";
import type { ClientOptions, TopicError } from "../../src/client/options.ts";
import type { TopicClient } from "../../src/client/topic-client.ts";
import { eventually } from "../support/deadline.ts";
import { follow, stateOf } from "../support/following.ts";
import { postJson } from "../support/http.ts";
import { startProxy } from "../support/proxy.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

const TOPICS = [
  { match: "event:*", history: { size: 256, ttl_s: 300 } },
  { match: "level:*", history: { size: 1, ttl_s: 300 }, slow: "latest" },
];

/** The client library against a server of each runtime. */
export function client(target: Target): void {
  const server = sharedServer(target, { config: { topics: TOPICS, limits: { connections_per_user: 100 } } });
  const publish = async (...messages: [topic: string, data: unknown][]) => {
    const body = { messages: messages.map(([topic, data]) => ({ topic, data })) };
    expect((await postJson(server(), "/publish", body, { token: await token() })).status).toBe(200);
  };
  const open = async (url: string, options: ClientOptions = {}) =>
    connect(url, { token: await token(), minDelayMs: 20, ...options });
  /** What such a client tells as errors. */
  const errorsOf = (hub: TopicClient) => {
    const errors: TopicError[] = [];
    hub.on("error", (error) => void errors.push(error));
    return errors;
  };

  describe.each(["websocket", "sse"] as const)("by %s", (transport) => {
    test("tells what is published, once, to each who follows it", async () => {
      using hub = await open(server().url, { transport });
      const topic = `event:told:${transport}`;
      const [one, pattern, other] = [
        follow(hub, topic),
        follow(hub, `${topic}*`),
        follow(hub, "event:other"),
      ];
      await Promise.all([one, pattern, other].map(({ subscription }) => subscription.ready));
      expect(hub.state).toMatchObject({ status: "open", transport });
      await publish([topic, 1], [topic, { two: "2" }]);
      const told = [`${topic}#1=1`, `${topic}#2={"two":"2"}`];
      expect(await one.have(2)).toEqual(told);
      expect(await pattern.have(2)).toEqual(told);
      expect(other.told).toEqual([]);
      one.subscription.unsubscribe();
      await publish([topic, 3]);
      expect(await pattern.have(3)).toHaveLength(3);
      expect(one.told).toEqual(told);
    });

    test("goes on after a cut with exactly what was missed", async () => {
      await using proxy = await startProxy(server());
      using hub = await open(proxy.url, { transport });
      const topic = `event:cut:${transport}`;
      const [one, pattern, unkept] = [follow(hub, topic), follow(hub, `${topic}:*`), follow(hub, "unkept")];
      await Promise.all([one, pattern, unkept].map(({ subscription }) => subscription.ready));
      await publish([topic, 1], [`${topic}:a`, 1], ["unkept", 1]);
      await Promise.all([one.have(1), pattern.have(1), unkept.have(1)]);
      for (let round = 2; round < 5; round++) {
        for (const connection of proxy.connections) connection.toClient.cut();
        await publish([topic, round], [`${topic}:a`, round], [`${topic}:b${round}`, round]);
        await Promise.all([one.confirmed(round), pattern.confirmed(round), unkept.confirmed(round)]);
        expect(one.confirmations.at(-1)).toMatchObject({ topic, recovered: true });
        expect(pattern.confirmations.at(-1)).toMatchObject({ recovered: true });
        // What keeps no history may have been missed, and that is said.
        expect(unkept.confirmations.at(-1)).toMatchObject({ topic: "unkept", recovered: false });
      }
      await publish([topic, 5], ["unkept", 5]);
      const all = [1, 2, 3, 4, 5].map((data) => `${topic}#${data}=${data}`);
      expect(await one.have(5)).toEqual(all);
      const added = [2, 3, 4].map((data) => `${topic}:b${data}#1=${data}`);
      const kept = [1, 2, 3, 4].map((data) => `${topic}:a#${data}=${data}`);
      expect([...(await pattern.have(7))].sort()).toEqual([...kept, ...added]);
      expect((await unkept.have(2)).at(-1)).toBe("unkept=5");
    });

    test("publishes, and says why the server refuses", async () => {
      const grants = { topics: { subscribe: ["event:*"], publish: ["event:*"] } };
      using hub = await open(server().url, { transport, token: await token(grants) });
      const topic = `event:publish:${transport}`;
      const one = follow(hub, topic);
      const secret = follow(hub, "secret");
      expect(await hub.publish(topic, { a: 1 }, { type: "note" })).toMatchObject({ topic, offset: 1 });
      await hub.publish(topic, 2);
      // Who subscribes first gets both, however they go out.
      expect(await one.have(2)).toEqual([`${topic}#1={"a":1}`, `${topic}#2=2`]);
      await expect(hub.publish("secret", 1)).rejects.toMatchObject({ name: "TopicError", code: "forbidden" });
      await expect(hub.publish("a b", 1)).rejects.toMatchObject({ code: "invalid_topic" });
      await expect(secret.subscription.ready).rejects.toMatchObject({ code: "forbidden", topic: "secret" });
      await eventually(() => secret.ended.length === 1, 2000, "the end of what was refused");
      const { publications, offset } = await hub.history(topic, { limit: 1 });
      expect([publications[0]?.data, offset]).toEqual([2, 2]);
      const { users } = await hub.presence(topic);
      expect(users).toEqual([{ user: "alex", connections: 1 }]);
    });

    test("gives a current value to each who comes", async () => {
      using hub = await open(server().url, { transport });
      const topic = `level:${transport}`;
      await publish([topic, 1], [topic, 2]);
      const first = follow(hub, topic);
      expect(await first.have(1)).toEqual([`${topic}#2=2`]);
      const second = follow(hub, topic);
      expect(await second.have(1)).toEqual([`${topic}#2=2`]);
      await publish([topic, 3]);
      await Promise.all([first.have(2), second.have(2)]);
      expect([...first.told, ...second.told]).toEqual([2, 3, 2, 3].map((data) => `${topic}#${data}=${data}`));
    });

    test("stops where the server says so, and tells why", async () => {
      using wrong = await open(server().url, { transport, token: await token({}, { secret: "another" }) });
      const errors = errorsOf(wrong);
      const one = follow(wrong, "event:a");
      expect(await stateOf(wrong, "closed")).toMatchObject({ error: { code: "unauthorized" } });
      await expect(one.subscription.ready).rejects.toMatchObject({ code: "unauthorized" });
      expect(() => wrong.subscribe("event:b", () => {})).toThrow("token");
      expect(errors.map(({ code }) => code)).toEqual(["unauthorized"]);

      using hub = await open(server().url, { transport, token: await token({ sub: `gone-${transport}` }) });
      errorsOf(hub);
      const loop = hub.topic("event:a")[Symbol.asyncIterator]();
      const thrown = loop.next().catch((error: unknown) => error);
      await follow(hub, "event:a").subscription.ready;
      const admin = { token: await token({ admin: true }), method: "DELETE" };
      const url = `${server().url}/users/gone-${transport}/connections`;
      await fetch(url, { method: admin.method, headers: { Authorization: `Bearer ${admin.token}` } });
      expect(await stateOf(hub, "closed")).toMatchObject({ code: 4501, error: { code: "forbidden" } });
      expect(await thrown).toMatchObject({ code: "forbidden" });
    });
  });

  test("sends a publication again after a cut, and it is published once", async () => {
    await using proxy = await startProxy(server());
    using hub = await open(proxy.url);
    using watch = await open(server().url);
    const seen = follow(watch, "event:once");
    await Promise.all([seen.subscription.ready, stateOf(hub, "open")]);
    // The server gets it, and its answer does not come back.
    proxy.connections[0]?.toClient.stall();
    const published = hub.publish("event:once", 1);
    await seen.have(1);
    proxy.connections[0]?.toClient.cut();
    expect(await published).toMatchObject({ topic: "event:once", offset: 1 });
    await hub.publish("event:once", 2);
    expect(await seen.have(2)).toEqual(["event:once#1=1", "event:once#2=2"]);
  });
}
