import { expect, test } from "bun:test";
import { Hono } from "hono";
import { hc } from "hono/client";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { ConfigError, type ConfigInput } from "../../../src/routes/config.ts";
import type { TopicRoutesOptions } from "../../../src/routes/options.ts";
import type { Runtime } from "../../../src/routes/runtime.ts";
import { topicRoutes } from "../../../src/routes/topic-routes.ts";
import { TEST_SECRET } from "../../support/token.ts";

const runtime: Runtime = {
  name: "bun",
  upgrade: () => Promise.reject(new Error("no request upgrades here")),
  holdOpen: () => ({ isGone: () => false, drop() {} }),
};
const options = {
  hub: new TopicHub(),
  runtime,
  secret: TEST_SECRET,
  defaultGrants: { subscribe: ["*"], publish: [] },
};

// What JavaScript may pass, where no compiler looks.
const untyped = (changes: object) => topicRoutes({ ...options, ...changes } as TopicRoutesOptions);

test("routes need a secret, or the keys of a provider", () => {
  const jwksUri = "https://id.example/keys";
  const missing =
    "'secret' is missing: topicRoutes takes the key that tokens are verified with, or 'jwksUri'";
  for (const secret of [undefined, "", null])
    expect(() => untyped({ secret })).toThrow(new TypeError(missing));
  for (const secret of ["", null]) expect(() => untyped({ secret, jwksUri })).toThrow(new TypeError(missing));
  expect(() => untyped({ secret: undefined, jwksUri })).not.toThrow();
});

test("what tokens are held to is a text, or nothing", () => {
  for (const name of ["issuer", "audience"]) {
    for (const value of ["", null, ["https://id.example/"]])
      expect(() => untyped({ [name]: value })).toThrow(
        new TypeError(`'${name}' takes a string that is not empty, or is left out`),
      );
    for (const value of [undefined, "topichub"]) expect(() => untyped({ [name]: value })).not.toThrow();
  }
});

test("routes need to know who may do what: there is no default when embedded", () => {
  expect(() => untyped({ defaultGrants: undefined })).toThrow(TypeError);
  expect(() => untyped({ defaultGrants: undefined })).toThrow("'defaultGrants', such as");
  expect(() => untyped({ defaultGrants: undefined, authorize: () => true })).not.toThrow();
});

test("a wrong configuration is told of at once, all of it", () => {
  const config = { limits: { subscriptions: 0, json_depth: 0 } };
  expect(() => topicRoutes({ ...options, config })).toThrow(ConfigError);
  expect(() => topicRoutes({ ...options, config })).toThrow(
    /'limits\.json_depth' takes .*\n.*'limits\.subscriptions' takes /,
  );
});

test("what is the hub's is the same in both, where both are given it", () => {
  const config: ConfigInput = {
    topics: [{ match: "a*", history: { size: 2, ttl_s: 5 } }],
    limits: { kept_topics: 10, kept_bytes: 5000, subscriptions: 3 },
    drain: { window_ms: 10 },
  };
  const same = { ...options, hub: new TopicHub(config), config };
  expect(() => topicRoutes(same)).not.toThrow();
  expect(() => topicRoutes({ ...options, hub: same.hub })).not.toThrow();
  const faults = ["topics", "drain", "limits.kept_topics", "limits.kept_bytes"].map(
    (name) => `'${name}' takes what the hub was made with: give the same to new TopicHub({ … })`,
  );
  expect(() => topicRoutes({ ...options, config })).toThrow(new ConfigError(faults));
});

test("routes beyond /ws, /sse and /publish are there when they are named, under any prefix", async () => {
  const status = async (app: ReturnType<typeof topicRoutes>, path: string) =>
    (await app.request(path)).status;
  const [bare, full] = [
    topicRoutes(options),
    topicRoutes({ ...options, extraRoutes: ["client", "health", "page"] }),
  ];
  for (const path of ["/", "/client.js", "/healthz", "/readyz"]) {
    expect(await status(bare, path)).toBe(404);
    expect(await status(full, path)).toBe(200);
  }
  expect(await status(bare, "/ws")).toBe(426);
  expect(await (await full.request("/healthz")).json()).toMatchObject({ status: "success", runtime: "bun" });
});

test("a typed client finds the health routes where they were named", async () => {
  const app = new Hono().route("/live", topicRoutes({ ...options, extraRoutes: ["health"] }));
  const { live } = hc<typeof app>("http://localhost", { fetch: app.request });
  expect(await (await live.healthz.$get()).json()).toMatchObject({ status: "success", runtime: "bun" });
  const ready = await live.readyz.$get();
  expect([ready.status, (await ready.json()).status]).toEqual([200, "success"]);
});
