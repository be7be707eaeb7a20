import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { tokenVerifier } from "../../../src/auth/verify-token.ts";
import type { BrokerFactory } from "../../../src/hub/broker.ts";
import type { Authorize } from "../../../src/hub/principal.ts";
import type { SessionPolicy } from "../../../src/hub/session.ts";
import { adminRoutes } from "../../../src/routes/admin.ts";
import { parseConfig } from "../../../src/routes/config.ts";
import { rateLimit } from "../../../src/routes/entry.ts";
import { publishRoute } from "../../../src/routes/publish.ts";
import type { Runtime } from "../../../src/routes/runtime.ts";
import { topicRoutes } from "../../../src/routes/topic-routes.ts";
import { eventually } from "../../support/deadline.ts";
import { TEST_SECRET, token } from "../../support/token.ts";
import { connect, newHub } from "../hub/setup.ts";

const runtime: Runtime = {
  name: "bun",
  upgrade: () => Promise.reject(new Error("no request upgrades here")),
  holdOpen: () => ({ isGone: () => false, drop() {} }),
};
const BATCH = { messages: ["a", "b", "c"].map((topic) => ({ topic, data: topic })) };

type Waiting = ReturnType<typeof Promise.withResolvers<void>>;

/** Routes over a broker that gives positions, fails for topics, and waits where it is told to. */
function open({ authorize = () => true, limits = {} }: { authorize?: Authorize; limits?: object } = {}) {
  const taken: string[] = [];
  const failing = new Set<string>();
  const waiting: Waiting[] = [];
  const state = { isSlow: false };
  const broker: BrokerFactory = () => ({
    async publish({ topic }) {
      if (failing.has(topic)) throw new Error(`no ${topic}`);
      if (state.isSlow) await waiting[waiting.push(Promise.withResolvers<void>()) - 1]?.promise;
      return { epoch: "k3v9", offset: taken.push(topic) };
    },
    subscribe() {},
    unsubscribe() {},
    locate: (selectors, at) => at(selectors.map(() => ({ epoch: "k3v9", floor: 0, topics: new Map() }))),
    history: () => undefined,
    close: async () => {},
  });
  const { hub, clock, errors } = newHub({ broker });
  const extraRoutes = ["admin"] as const;
  const app = topicRoutes({ hub, runtime, secret: TEST_SECRET, authorize, extraRoutes, config: { limits } });
  const post = async (path: string, body: unknown, key: string | undefined, claims: object = {}) => {
    const bearer = await token({ admin: true, ...claims });
    const headers = {
      Authorization: `Bearer ${bearer}`,
      ...(key !== undefined && { "Idempotency-Key": key }),
    };
    const response = await app.request(path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, headers: response.headers, json: await response.json() };
  };
  const publish = (body: unknown, key = "k", claims?: object) => post("/publish", body, key, claims);
  return { hub, clock, errors, taken, failing, waiting, state, post, publish };
}

const positions = (...offsets: number[]) =>
  offsets.map((offset, at) => ({ topic: "abc"[at], epoch: "k3v9", offset }));

describe("POST /publish", () => {
  test("publishes once under a key, and answers a retry as it did at first", async () => {
    const { publish, taken } = open();
    const answers = [await publish(BATCH), await publish(BATCH), await publish(BATCH)];
    for (const { status, json } of answers)
      expect([status, json]).toEqual([200, { status: "success", published: positions(1, 2, 3) }]);
    expect(taken).toEqual(["a", "b", "c"]);
    expect((await publish(BATCH, "l")).json.published).toEqual(positions(4, 5, 6));
    expect((await publish(BATCH, "k", { sub: "kim" })).json.published).toEqual(positions(7, 8, 9));
  });

  test("goes on after what was published where a batch broke off, and only with the same batch", async () => {
    const { publish, taken, failing, errors } = open();
    failing.add("b");
    const broken = { status: "error", code: "unavailable", message: "Publishing failed at message 1" };
    for (const _ of [1, 2])
      expect((await publish(BATCH)).json).toEqual({ ...broken, outcome: "unknown", published: positions(1) });
    expect((await publish({ topic: "c", data: 1 })).status).toBe(422);
    failing.clear();
    for (const _ of [1, 2]) expect((await publish(BATCH)).json.published).toEqual(positions(1, 2, 3));
    expect([taken, errors]).toEqual([
      ["a", "b", "c"],
      ["publish: no b", "publish: no b"],
    ]);
  });

  test("lets another request have the key of one that published nothing", async () => {
    const { publish, failing } = open();
    failing.add("a");
    expect((await publish(BATCH)).json).toMatchObject({ outcome: "unknown", published: [] });
    expect((await publish({ topic: "c", data: 1 })).status).toBe(200);
  });

  test("answers 409 while the first still runs, and 422 to another request", async () => {
    const { publish, waiting, state, taken } = open();
    state.isSlow = true;
    const first = publish({ topic: "a", data: 1 });
    await eventually(() => waiting.length > 0, 2000, "the publication");
    const [again, other] = [await publish({ topic: "a", data: 1 }), await publish({ topic: "a", data: 2 })];
    expect([again.status, again.headers.get("retry-after"), again.json]).toEqual([
      409,
      "1",
      {
        ...{ status: "error", code: "conflict" },
        message: "The request with this 'Idempotency-Key' is still running",
      },
    ]);
    expect([other.status, other.headers.get("retry-after"), other.json]).toEqual([
      422,
      null,
      {
        ...{ status: "error", code: "conflict" },
        message: "'Idempotency-Key' was used for another request in the last 5 minutes",
      },
    ]);
    waiting[0]?.resolve();
    expect((await first).status).toBe(200);
    expect((await publish({ topic: "a", data: 1 })).json.published).toEqual(positions(1));
    expect(taken).toEqual(["a"]);
  });

  test("forgets after five minutes, and the oldest past the limit", async () => {
    const { publish, clock, taken } = open({ limits: { idempotency_keys: 2 } });
    const one = { topic: "a", data: 1 };
    for (const key of ["k", "l", "m", "m", "l"]) await publish(one, key);
    expect(taken).toHaveLength(3);
    await publish(one, "k");
    expect(taken).toHaveLength(4);
    clock.advance(300_000);
    await publish(one, "k");
    expect(taken).toHaveLength(5);
  });

  test.each(["", "k".repeat(129)])("refuses the key %j before it reads the body", async (key) => {
    const { publish } = open();
    const { status, json } = await publish("no message", key);
    expect([status, json]).toEqual([
      400,
      { status: "error", code: "invalid_message", message: "'Idempotency-Key' takes 1 to 128 characters" },
    ]);
  });

  test("answers what was answered while the server stops as well, and publishes nothing", async () => {
    const { publish, post, hub, taken, failing } = open();
    await publish(BATCH);
    failing.add("b");
    await publish(BATCH, "half");
    hub.drain();
    expect((await publish(BATCH)).json.published).toEqual(positions(1, 2, 3));
    const stopping = { status: "error", code: "draining", message: "The server is stopping" };
    expect((await publish(BATCH, "half")).json).toEqual({
      ...{ ...stopping, outcome: "unknown" },
      published: positions(4),
    });
    for (const key of ["new", undefined])
      expect((await post("/publish", BATCH, key)).json).toEqual({ ...stopping, outcome: "none" });
    expect(taken).toEqual(["a", "b", "c", "a"]);
  });

  test("asks for the grant each time", async () => {
    let isGranted = true;
    const { publish } = open({ authorize: () => isGranted });
    expect((await publish(BATCH)).status).toBe(200);
    isGranted = false;
    expect((await publish(BATCH)).status).toBe(403);
  });
});

describe("a direct message", () => {
  const path = "/users/kim/messages";

  test("is sent once under a key", async () => {
    const { hub, post } = open();
    const { transport, connection } = connect(hub, "kim");
    for (const _ of [1, 2])
      expect((await post(path, { data: 1 }, "k")).json).toEqual({ status: "success", delivered: 1 });
    expect(transport.frames).toHaveLength(1);
    hub.drain();
    expect((await post(path, { data: 1 }, "k")).json).toEqual({ status: "success", delivered: 1 });
    for (const key of ["l", undefined])
      expect((await post(path, { data: 1 }, key)).json).toMatchObject({ code: "draining", outcome: "none" });
    expect(transport.frames).toHaveLength(1);
    const others: [path: string, body: object][] = [
      [path, { data: 2 }],
      [path, { data: 1, type: "note" }],
      [path, { data: 1, topic: "a" }],
      ["/users/alex/messages", { data: 1 }],
      ["/connections/kim/messages", { data: 1 }],
      [`/connections/${connection.id}/messages`, { data: 1 }],
      ["/publish", { topic: "a", data: 1 }],
    ];
    for (const [at, body] of others) expect([at, (await post(at, body, "k")).status]).toEqual([at, 422]);
  });

  test("that reached nobody is sent anew", async () => {
    const { hub, post } = open();
    expect((await post(path, { data: 1 }, "k")).status).toBe(404);
    const { transport } = connect(hub, "kim");
    expect((await post(path, { data: 1 }, "k")).json.delivered).toBe(1);
    expect(transport.frames).toHaveLength(1);
  });

  test("that failed leaves its key free", async () => {
    const { hub, post } = open();
    hub.sendToUser = () => Promise.reject(new Error("cut off"));
    for (const _ of [1, 2]) expect((await post(path, { data: 1 }, "k")).status).toBe(500);
  });
});

test("where the keys are out of reach nothing was sent, and the sender may try again", async () => {
  const { hub, errors } = newHub();
  const { limits, heartbeat } = parseConfig({});
  const policy: SessionPolicy = {
    ...{ hub, limits, heartbeat, authorize: () => true, welcome: { version: "0", ping_interval_ms: 1 } },
    authenticate: tokenVerifier({ secret: TEST_SECRET }),
    idempotency: { claim: () => Promise.reject(new Error("no store")) },
  };
  const { transport } = connect(hub, "kim");
  const rate = rateLimit(policy, limits);
  const app = new Hono()
    .post("/publish", ...publishRoute(policy, limits, rate))
    .route("/", adminRoutes(policy, limits, rate));
  const Authorization = `Bearer ${await token({ admin: true })}`;
  for (const [path, body] of [
    ["/publish", { topic: "a", data: 1 }],
    ["/users/kim/messages", { data: 1 }],
  ] as const) {
    const headers = { Authorization, "Idempotency-Key": "k" };
    const answer = await app.request(path, { method: "POST", headers, body: JSON.stringify(body) });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, expect.any(String)]);
    expect(await answer.json()).toMatchObject({ code: "unavailable", outcome: "none" });
  }
  expect(errors).toEqual(["idempotency: no store", "idempotency: no store"]);
  expect(transport.frames).toEqual([]);
});
