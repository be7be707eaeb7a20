import { describe, expect, test } from "bun:test";
import { memoryBroker } from "../../../src/broker/memory.ts";
import type { Broker } from "../../../src/hub/broker.ts";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import type { TopicRoutesOptions } from "../../../src/routes/options.ts";
import { topicRoutes } from "../../../src/routes/topic-routes.ts";
import { eventually } from "../../support/deadline.ts";
import { TEST_SECRET, token } from "../../support/token.ts";

const runtime = {
  name: "bun",
  upgrade: () => Promise.reject(new Error("no request upgrades here")),
  holdOpen: () => ({ isGone: () => false, drop() {} }),
} as const;

/** Routes on a hub, and a way to ask them; `broker` replaces members of the broker. */
function serving(options: Partial<TopicRoutesOptions> & { broker?: Partial<Broker> } = {}) {
  const { broker, ...others } = options;
  const errors: string[] = [];
  const hub = new TopicHub({
    broker: (...args) => ({ ...memoryBroker()(...args), ...broker }),
    onError: (error, { stage }) => void errors.push(`${stage}: ${(error as Error).message}`),
  });
  const routes = topicRoutes({
    ...{ hub, runtime, secret: TEST_SECRET, defaultGrants: { subscribe: ["*"], publish: [] } },
    ...others,
  } as TopicRoutesOptions);
  return {
    hub,
    errors,
    async ask(query: string, init: RequestInit = {}) {
      const headers = new Headers(init.headers);
      if (!headers.has("authorization")) headers.set("authorization", `Bearer ${await token()}`);
      return routes.request(`http://localhost/sse?${query}`, { ...init, headers });
    },
  };
}
const codeOf = async (answer: Response) => [answer.status, (await answer.json()).code];

describe("a request for a stream", () => {
  test("is refused while the server stops, also where the stop begins while it is looked at", async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let isAsked = false;
    const authorize = () => {
      isAsked = true;
      return promise;
    };
    const { hub, ask } = serving({ defaultGrants: undefined, authorize });
    const asked = ask("topic=a");
    await eventually(() => isAsked, 1000, "the question for a grant");
    hub.drain();
    resolve(true);
    expect(await codeOf(await asked)).toEqual([503, "draining"]);
    const refused = await ask("topic=a");
    expect(refused.headers.get("retry-after")).toBe("5");
    expect(await codeOf(refused)).toEqual([503, "draining"]);
  });

  test("is answered 503 where a grant cannot be told, and where the broker fails, and leaves nothing", async () => {
    const fails = () => Promise.reject(new Error("away"));
    const config = { limits: { connections: 1 } };
    const undecided = serving({ config, defaultGrants: undefined, authorize: fails });
    const cutOff = serving({ config, broker: { subscribe: fails } });
    for (const [{ hub, ask, errors }, stage] of [
      [undecided, "authorize"],
      [cutOff, "session"],
    ] as const) {
      // Twice, since the only place must be free again.
      for (let at = 0; at < 2; at++) expect(await codeOf(await ask("topic=a"))).toEqual([503, "unavailable"]);
      expect(errors).toEqual([`${stage}: away`, `${stage}: away`]);
      expect(hub.size).toEqual({ connections: 0, users: 0, topics: 0 });
    }
  });

  test("leaves no connection where its client is gone before it is answered", async () => {
    const { hub, ask } = serving();
    const leaving = new AbortController();
    leaving.abort();
    const answer = await ask("topic=a", { signal: leaving.signal });
    expect(await answer.text()).toBe("");
    expect(hub.size.connections).toBe(0);
  });

  test("lets pages of the origins that may connect read its answer, and no others", async () => {
    const origin = "https://app.example";
    const headers = { Origin: origin, Authorization: "Bearer x" };
    for (const [allowedOrigins, allowed, credentials] of [
      ["*", "*", null],
      [[origin], origin, "true"],
      [["https://other.example"], null, null],
      [undefined, null, null],
    ] as const) {
      const { ask } = serving({ allowedOrigins });
      for (const answer of [
        await ask("topic=a", { headers }),
        await ask("topic=a", { headers: { ...headers, "Last-Event-ID": "stop" } }),
      ]) {
        expect(answer.headers.get("access-control-allow-origin")).toBe(allowed);
        expect(answer.headers.get("access-control-allow-credentials")).toBe(credentials);
      }
    }
  });

  test("needs its token at once in every mode, wherever an upgrade may show it", async () => {
    const good = await token();
    for (const mode of ["upgrade", "first-message", "either"] as const) {
      const { ask } = serving({ config: { auth: { mode } } });
      const without = { headers: { Authorization: "Basic x" } };
      expect(await codeOf(await ask("topic=a", without))).toEqual([401, "unauthorized"]);
      const answer = await ask(`topic=a&token=${good}`, without);
      expect(answer.status).toBe(200);
      await answer.body?.cancel();
    }
    const { ask } = serving({ config: { auth: { query: false } } });
    expect(await codeOf(await ask(`topic=a&token=${good}`))).toEqual([400, "invalid_message"]);
  });

  test("counts a topic that is named twice once", async () => {
    const { hub, ask } = serving({ config: { limits: { subscriptions: 1 } } });
    const answer = await ask("topic=a&topic=a");
    expect(answer.status).toBe(200);
    expect(hub.connections().map(({ subscriptions }) => [...subscriptions])).toEqual([["a"]]);
    await answer.body?.cancel();
    expect(hub.size.connections).toBe(0);
  });
});
