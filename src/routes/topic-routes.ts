import { Hono } from "hono";
import { algorithmsFor } from "../auth/algorithms.ts";
import { isKeySetAddress, KEY_SET_RULE, ProviderKeys } from "../auth/provider-keys.ts";
import { tokenVerifier, type VerifyOptions } from "../auth/verify-token.ts";
import { IdempotencyKeys } from "../hub/idempotency.ts";
import { authorizeByGrants } from "../hub/principal.ts";
import type { SessionPolicy } from "../hub/session.ts";
import { VERSION } from "../version.ts";
import { adminRoutes } from "./admin.ts";
import { Admission } from "./admission.ts";
import { clientRoute } from "./client-module.ts";
import { type Config, ConfigError, parseConfig } from "./config.ts";
import { crossOrigin } from "./cross-origin.ts";
import { rateLimit } from "./entry.ts";
import { requestError } from "./errors.ts";
import { healthRoutes } from "./health.ts";
import { historyRoute } from "./history.ts";
import type { ExtraRoute, TopicRoutesOptions } from "./options.ts";
import { pageRoute } from "./page.ts";
import { presenceRoute } from "./presence.ts";
import { publishRoute } from "./publish.ts";
import { sseRoute } from "./sse.ts";
import type { TopicRoutes } from "./typed-routes.ts";
import { upgradeRoute } from "./ws.ts";

/**
 * The routes of a hub, to be mounted in any Hono app and under any prefix: `/ws`, `/sse` and `/publish`,
 * and what `extraRoutes` names.
 * @throws ConfigError that names every fault of `config`.
 * @throws TypeError without `secret` and `jwksUri`, with neither `defaultGrants` nor `authorize`, and where what
 *   tokens are held to is empty.
 */
export function topicRoutes<const Extra extends ExtraRoute = never>(
  options: TopicRoutesOptions<Extra>,
): TopicRoutes<Extra>;
export function topicRoutes(options: TopicRoutesOptions): TopicRoutes {
  const config = parseConfig(options.config ?? {});
  requireHubOf(config, options);
  const policy = sessionPolicy(options, config);
  const { hub, runtime, allowedOrigins, extraRoutes = [] } = options;
  const rate = rateLimit(policy, config.limits);
  const entrance = {
    policy,
    runtime,
    allowedOrigins,
    admission: new Admission(config.limits, hub.clock),
    tokenPlaces: {
      cookie: allowedOrigins === "*" ? undefined : config.auth.cookie,
      query: config.auth.query,
    },
  };
  const app = new Hono().onError(requestError(hub));
  const kept = (["history", "presence"] as const).filter((name) => extraRoutes.includes(name));
  for (const path of ["/sse", "/publish", ...kept.map((name) => `/topics/:topic/${name}`)])
    app.use(path, crossOrigin(allowedOrigins));
  app
    .get(
      "/ws",
      upgradeRoute({
        ...entrance,
        mode: config.auth.mode,
        silenceMs: config.heartbeat.interval_ms + config.heartbeat.timeout_ms,
        firstMessageMs: config.auth.first_message_timeout_ms,
      }),
    )
    .post("/publish", ...publishRoute(policy, config.limits, rate))
    .get("/sse", sseRoute({ ...entrance, silenceMs: config.heartbeat.interval_ms }));
  if (extraRoutes.includes("health")) app.route("/", healthRoutes(hub, runtime.name));
  if (extraRoutes.includes("admin")) app.route("/", adminRoutes(policy, config.limits, rate));
  if (extraRoutes.includes("history")) app.route("/", historyRoute(policy, rate));
  if (extraRoutes.includes("presence")) app.route("/", presenceRoute(policy, rate));
  if (extraRoutes.includes("client"))
    app.get("/client.js", clientRoute("CLIENT")).get("/client-sse.js", clientRoute("CLIENT_SSE"));
  if (extraRoutes.includes("page"))
    app.get("/", pageRoute({ ...config.auth, hasClient: extraRoutes.includes("client") }));
  return app;
}

/** Some of a configuration is the hub's, which is made before the routes: what is given to both has to be the same. */
function requireHubOf(config: Config, { hub, config: given = {} }: TopicRoutesOptions): void {
  const { topics, limits, drain } = hub.settings;
  const faults: string[] = [];
  const compare = (name: string, isGiven: boolean, wanted: unknown, has: unknown) => {
    if (isGiven && JSON.stringify(wanted) !== JSON.stringify(has))
      faults.push(`'${name}' takes what the hub was made with: give the same to new TopicHub({ … })`);
  };
  compare("topics", given.topics !== undefined, config.topics, topics);
  compare("drain", given.drain !== undefined, config.drain, drain);
  for (const name of ["kept_topics", "kept_bytes"] as const)
    compare(`limits.${name}`, given.limits?.[name] !== undefined, config.limits[name], limits[name]);
  if (faults.length > 0) throw new ConfigError(faults);
}

function sessionPolicy(options: TopicRoutesOptions, { auth, limits, heartbeat }: Config): SessionPolicy {
  const { hub, defaultGrants, authorize, issuer, audience } = options;
  const decide = authorize ?? (defaultGrants && authorizeByGrants(defaultGrants));
  if (!decide)
    throw new TypeError(
      "topicRoutes takes 'defaultGrants', such as { subscribe: [\"*\"], publish: [] }, or 'authorize'",
    );
  // Hono takes what is empty, or a list of issuers, for nothing to look at.
  for (const [name, value] of Object.entries({ issuer, audience }))
    if (value !== undefined && !isText(value))
      throw new TypeError(`'${name}' takes a string that is not empty, or is left out`);
  const { require_exp: requireExp, claim } = auth;
  return {
    hub,
    limits,
    authorize: decide,
    authenticate: tokenVerifier({ ...options, ...keysOf(options), requireExp, claim }),
    idempotency: new IdempotencyKeys(limits.idempotency_keys, hub.clock),
    welcome: { version: VERSION, ping_interval_ms: heartbeat.interval_ms },
    heartbeat,
  };
}

function keysOf({ hub, secret, jwksUri, alg }: TopicRoutesOptions): Pick<VerifyOptions, "secret" | "keys"> {
  const hasProvider = jwksUri !== undefined;
  // Beside a provider it may be left out, and yet not be an empty variable of the environment.
  if (!isText(secret) && !(hasProvider && secret === undefined))
    throw new TypeError(
      "'secret' is missing: topicRoutes takes the key that tokens are verified with, or 'jwksUri'",
    );
  if (hasProvider && !isKeySetAddress(jwksUri)) throw new TypeError(`'jwksUri' takes ${KEY_SET_RULE}`);
  if (alg && !algorithmsFor(hasProvider).includes(alg))
    throw new TypeError(`'alg' takes ${algorithmsFor(hasProvider).join(", ")}, got ${JSON.stringify(alg)}`);
  if (!hasProvider) return { secret };
  const onError = (error: unknown) => hub.fail(error, "authenticate");
  return { secret, keys: new ProviderKeys({ uri: jwksUri, clock: hub.clock, onError }) };
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
