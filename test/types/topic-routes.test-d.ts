// Compiled, never run: what must not compile stands behind @ts-expect-error.

import {
  type ConfigInput,
  type Grants,
  TopicHub,
  type TopicRoutesOptions,
  topicRoutes,
} from "../../src/index.ts";
import { bun } from "../../src/runtime/bun.ts";
import { deno } from "../../src/runtime/deno.ts";
import { node } from "../../src/runtime/node.ts";

const hub = new TopicHub();
const defaultGrants: Grants = { subscribe: ["*"], publish: [] };
const authorize = async () => true;
const base = { hub, runtime: node, secret: "a secret" };

export function compiles() {
  topicRoutes({ ...base, defaultGrants });
  topicRoutes({ ...base, authorize });
  topicRoutes({
    ...base,
    runtime: bun,
    authorize: ({ user }, action, topic) => user !== "" && action !== topic,
  });
  topicRoutes({ ...base, runtime: deno, defaultGrants, config: { limits: { subscriptions: 5 } } });
  topicRoutes({
    ...base,
    defaultGrants,
    allowedOrigins: "*",
    extraRoutes: ["admin", "client", "health", "page", "presence"],
    alg: "HS512",
  });
  const config: ConfigInput = { limits: { subscriptions: 5 } };
  return topicRoutes({ ...base, defaultGrants, config });
}

export function doesNotCompile() {
  // @ts-expect-error who may do what is not told
  topicRoutes(base);
  // @ts-expect-error both ways of telling it
  topicRoutes({ ...base, defaultGrants, authorize });
  // @ts-expect-error no runtime
  topicRoutes({ hub, secret: "a secret", defaultGrants });
  // @ts-expect-error no hub
  topicRoutes({ runtime: node, secret: "a secret", defaultGrants });
  // @ts-expect-error no secret
  topicRoutes({ hub, runtime: node, defaultGrants });
  topicRoutes({ hub, runtime: node, defaultGrants, jwksUri: "https://id.example/keys" });
  topicRoutes({ ...base, defaultGrants, jwksUri: "https://id.example/keys", alg: "EdDSA" });
  // @ts-expect-error an algorithm for which a provider has no key
  topicRoutes({ ...base, defaultGrants, jwksUri: "https://id.example/keys", alg: "HS256" });
  // @ts-expect-error half of the grants
  topicRoutes({ ...base, defaultGrants: { subscribe: ["*"] } });
  // @ts-expect-error an algorithm for which a secret is no key
  topicRoutes({ ...base, defaultGrants, alg: "RS256" });
  // @ts-expect-error an algorithm that is none
  topicRoutes({ ...base, defaultGrants, alg: "none" });
  // @ts-expect-error one origin in place of a list
  topicRoutes({ ...base, defaultGrants, allowedOrigins: "https://app.example.com" });
  // @ts-expect-error a route that is not there
  topicRoutes({ ...base, defaultGrants, extraRoutes: ["dashboard"] });
  // @ts-expect-error a field that no configuration has
  topicRoutes({ ...base, defaultGrants, config: { limit: {} } });
  // @ts-expect-error a limit that no configuration has
  topicRoutes({ ...base, defaultGrants, config: { limits: { topics: 5 } } });
  // @ts-expect-error a limit of the wrong type
  topicRoutes({ ...base, defaultGrants, config: { limits: { subscriptions: "5" } } });
  // @ts-expect-error a section that is not offered yet
  topicRoutes({ ...base, defaultGrants, config: { metrics: { public: true } } });
  // @ts-expect-error a decision that is none
  topicRoutes({ ...base, authorize: () => "yes" });
  // @ts-expect-error a decision that may be missing
  topicRoutes({ ...base, authorize: (principal) => principal.grants && true });
  // @ts-expect-error an option that is not there
  topicRoutes({ ...base, defaultGrants, origins: [] });
  // @ts-expect-error a runtime's name in place of the runtime
  const options: TopicRoutesOptions = { ...base, defaultGrants, runtime: "node" };
  return options;
}
