import { expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { getJson } from "../support/http.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

export function presence(target: Target): void {
  const server = sharedServer(target);
  const open = async (sub: string) => connect(server(), { token: await token({ sub }) });
  const get = async (at: string, claims = {}) => getJson(server(), at, { token: await token(claims) });
  const path = (topic: string) => `/topics/${encodeURIComponent(topic)}/presence`;

  test("is who is subscribed, by name or by pattern, each connection once", async () => {
    await using alex = await open("alex");
    await using second = await open("alex");
    await using other = await open("auth0|1");
    await alex.request({ action: "subscribe", topics: ["room:1", "room:*"] });
    await second.request({ action: "subscribe", topic: "room:*" });
    await other.request({ action: "subscribe", topic: "room:1" });
    const users = [
      { user: "alex", connections: 2 },
      { user: "auth0|1", connections: 1 },
    ];
    expect(await alex.request({ action: "presence", topic: "room:1", id: 4 })).toEqual({
      status: "success",
      message: "Presence of topic 'room:1'",
      action: "presence",
      topic: "room:1",
      id: 4,
      users,
    });
    const { status, json, headers } = await get(path("room:1"));
    expect([status, json, headers.get("cache-control")]).toEqual([
      200,
      { status: "success", topic: "room:1", users, cursor: null },
      "no-store",
    ]);
    const first = await get(`${path("room:1")}?limit=1`);
    expect(first.json.users).toEqual(users.slice(0, 1));
    const rest = await get(`${path("room:1")}?limit=1&cursor=${first.json.cursor}`);
    expect([rest.json.users, rest.json.cursor]).toEqual([users.slice(1), null]);
    const elsewhere = await get(`${path("room:2")}?cursor=${first.json.cursor}`);
    expect([elsewhere.status, elsewhere.json.code]).toEqual([400, "invalid_message"]);
  });

  test("ends with a subscription and with a connection", async () => {
    await using watcher = await open("watcher");
    await using guest = await open("guest");
    const users = async () => (await watcher.request({ action: "presence", topic: "hall" })).users;
    await guest.request({ action: "subscribe", topic: "hall" });
    expect(await users()).toEqual([{ user: "guest", connections: 1 }]);
    await guest.request({ action: "unsubscribe", topic: "hall" });
    expect(await users()).toEqual([]);
    await guest.request({ action: "subscribe", topic: "h*" });
    expect(await users()).toEqual([{ user: "guest", connections: 1 }]);
    guest.socket.destroy();
    await eventually(async () => (await users())?.length === 0, 5000, "the guest to be gone");
  });

  test("is for who may subscribe to the topic, by the header", async () => {
    const good = await token();
    for (const [at, headers] of [
      [path("a"), {}],
      [`${path("a")}?token=${good}`, {}],
      [path("a"), { Cookie: `access_token_cookie=${good}` }],
    ] as const) {
      const answer = await getJson(server(), at, { headers });
      expect([answer.status, answer.json.code]).toEqual([401, "unauthorized"]);
    }
    const topics = { subscribe: ["b", "c*"], publish: ["*"] };
    for (const [topic, status] of [
      ["a", 403],
      ["b", 200],
      ["bb", 403],
      ["cd", 200],
      ["task:1", 403],
    ] as const) {
      const { headers, ...answer } = await get(path(topic), { topics });
      expect([topic, answer.status]).toEqual([topic, status]);
      if (status === 403) expect(headers.get("x-topichub-error")).toBe("forbidden");
    }
    // Who administers has no grant by that.
    expect((await get(path("a"), { admin: true, topics })).status).toBe(403);
    await using client = await connect(server(), { token: await token({ topics }) });
    expect(await client.request({ action: "presence", topic: "a" })).toMatchObject({ code: "forbidden" });
  });

  test("is of one topic, whatever its characters", async () => {
    await using client = await open("here");
    for (const topic of ["a/b?c#d", "é:😀", "50%", "%2e%2e", "...", "auth0|1"]) {
      await client.request({ action: "subscribe", topic });
      const { json } = await get(path(topic));
      const users = [{ user: "here", connections: 1 }];
      expect(json).toEqual({ status: "success", topic, users, cursor: null });
    }
    for (const topic of ["a*", "*", "a b", "\u202e", "é".repeat(128)]) {
      const { status, json } = await get(path(topic));
      expect([topic, status, json.code]).toEqual([topic, 400, "invalid_topic"]);
    }
    for (const query of ["limit=0", "limit=x", "cursor=x", "since=1", "limit=1&limit=1"]) {
      const { status, json } = await get(`${path("a")}?${query}`);
      expect([query, status, json.code]).toEqual([query, 400, "invalid_message"]);
    }
  });

  test("is among the features", async () => {
    await using client = await open("alex");
    expect(client.welcome?.features).toContain("presence");
  });
}
