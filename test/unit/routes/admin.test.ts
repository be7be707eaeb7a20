import { describe, expect, test } from "bun:test";
import type { Authorize } from "../../../src/hub/principal.ts";
import type { Runtime } from "../../../src/routes/runtime.ts";
import { topicRoutes } from "../../../src/routes/topic-routes.ts";
import { TEST_SECRET, token } from "../../support/token.ts";
import { connect, newHub } from "../hub/setup.ts";

const runtime: Runtime = {
  name: "bun",
  upgrade: () => Promise.reject(new Error("no request upgrades here")),
  holdOpen: () => ({ isGone: () => false, drop() {} }),
};

/** Routes of a hub of their own; `ask` calls them as an administrator unless told otherwise. */
function open(authorize: Authorize = () => true, extraRoutes = ["admin", "presence"] as const) {
  const { hub, errors } = newHub();
  const app = topicRoutes({ hub, runtime, secret: TEST_SECRET, authorize, extraRoutes: [...extraRoutes] });
  const ask = async (method: string, path: string, body?: BodyInit, claims: object = { admin: true }) => {
    const headers = { Authorization: `Bearer ${await token({ ...claims })}` };
    const response = await app.request(path, { method, headers, ...(body !== undefined && { body }) });
    return { status: response.status, headers: response.headers, json: await response.json() };
  };
  return { hub, errors, ask };
}

describe("an administrator", () => {
  test("is one by the token's claim, also where a function decides over topics", async () => {
    const { ask } = open(() => false);
    expect((await ask("GET", "/topics")).status).toBe(200);
    expect((await open(() => true).ask("GET", "/topics", undefined, {})).status).toBe(403);
  });

  test("sends nothing while the server is stopping, and may look and disconnect", async () => {
    const { hub, ask } = open();
    const { connection, transport } = connect(hub, "kim");
    hub.drain();
    for (const path of ["/users/kim/messages", `/connections/${connection.id}/messages`]) {
      const { status, headers, json } = await ask("POST", path, '{"data":1}');
      expect([status, headers.get("retry-after"), headers.get("x-topichub-error")]).toEqual([
        503,
        "5",
        "draining",
      ]);
      expect(json).toEqual({
        ...{ status: "error", code: "draining", message: "The server is stopping" },
        outcome: "none",
      });
    }
    expect(transport.frames).toEqual([]);
    expect((await ask("GET", "/connections")).json.connections).toHaveLength(1);
    expect((await ask("DELETE", "/users/kim/connections")).json.disconnected).toBe(1);
  });

  test("sends nothing where the server began to stop while the body came", async () => {
    const { hub, ask } = open();
    const { transport } = connect(hub, "kim");
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          hub.drain();
          controller.enqueue(new TextEncoder().encode('{"data":1}'));
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    expect((await ask("POST", "/users/kim/messages", body)).json.code).toBe("draining");
    expect(transport.frames).toEqual([]);
  });

  test("reads lists of many pages without a gap, with as many connections as there are", async () => {
    const { hub, ask } = open();
    const ids = Array.from({ length: 250 }, (_, at) => connect(hub, `user ${at}`).connection.id);
    const found: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const { json } = await ask("GET", `/connections${cursor && `?cursor=${cursor}`}`);
      found.push(...json.connections.map(({ connection }: { connection: string }) => connection));
      cursor = json.cursor;
    }
    expect(found).toEqual(ids.sort());
  });
});

describe("presence", () => {
  test("asks who decides over topics, and tells nothing where that fails", async () => {
    const asked: unknown[] = [];
    const { ask } = open(({ user }, action, topic) => asked.push([user, action, topic]) > 1);
    expect((await ask("GET", "/topics/a%2Fb/presence")).status).toBe(403);
    expect((await ask("GET", "/topics/a%2Fb/presence")).status).toBe(200);
    expect(asked).toEqual(Array(2).fill(["alex", "subscribe", "a/b"]));
    const failing = open(() => Promise.reject(new Error("no database")));
    const { status, json } = await failing.ask("GET", "/topics/a/presence");
    expect([status, json]).toEqual([
      503,
      {
        ...{ status: "error", code: "unavailable" },
        message: "Whether this is granted could not be told, try again",
      },
    ]);
    expect(failing.errors).toEqual(["authorize: no database"]);
  });
});

test("each is there where it is named", async () => {
  const { hub } = newHub();
  const defaultGrants = { subscribe: ["*"], publish: [] };
  const headers = { Authorization: `Bearer ${await token({ admin: true })}` };
  for (const name of ["admin", "presence"] as const) {
    const app = topicRoutes({ hub, runtime, secret: TEST_SECRET, defaultGrants, extraRoutes: [name] });
    const statusOf = async (path: string) => (await app.request(path, { headers })).status;
    const found = [
      await statusOf("/topics"),
      await statusOf("/connections"),
      await statusOf("/topics/a/presence"),
    ];
    expect(found).toEqual(name === "admin" ? [200, 200, 404] : [404, 404, 200]);
  }
});
