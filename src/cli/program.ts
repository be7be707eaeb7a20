import { Hono } from "hono";
import { isSecretAlgorithm } from "../auth/algorithms.ts";
import { type EventName, publishEvent } from "../bedrock/events.ts";
import { startLogTail } from "../bedrock/log-tail.ts";
import { startResourceMonitor } from "../bedrock/resource-monitor.ts";
import { isTaskTopic, topicType } from "../bedrock/topics.ts";
import { type Authorize, authorizeByGrants } from "../hub/principal.ts";
import { TopicHub } from "../hub/topic-hub.ts";
import type { Config } from "../routes/config.ts";
import { errorResponse, notOffered, requestError } from "../routes/errors.ts";
import type { KeyOption } from "../routes/options.ts";
import type { Listener, SocketBound } from "../routes/runtime.ts";
import { topicRoutes } from "../routes/topic-routes.ts";
import { VERSION } from "../version.ts";
import type { Environment } from "./environment.ts";
import type { Host } from "./host.ts";
import type { Log } from "./log.ts";
import type { Settings } from "./settings.ts";

/** A program that takes connections. */
export interface Program {
  listener: Listener;
  /** Takes no more connections, closes those that are open, and settles when the last one is closed. */
  stop(): Promise<void>;
}

// A token without grants of its own, in the program. PROTOCOL.md, Grants.
const DEFAULT_GRANTS = { subscribe: ["*"], publish: [] };

/** What the program is made of. */
export interface ProgramOptions {
  hub: TopicHub;
  settings: Settings;
  /** The key of tokens that no identity provider signed; undefined where only those count. */
  secret: string | undefined;
  host: Host;
  /** As the host takes it. */
  sockets?: SocketBound | undefined;
}

/**
 * Starts a hub's producers and routes on a host.
 * @throws Error that names host and port where it cannot listen there.
 */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { hub, settings, host } = options;
  const { config, environment } = settings;
  const { servers, app_log: appLog } = config;
  const onError = (error: unknown, { stage }: { stage: string }) => hub.fail(error, stage);
  const monitor = startResourceMonitor(hub, { servers, intervalMs: config.monitor.interval_ms, onError });
  const tail = startLogTail(hub, { servers, appLog, onError });
  const where = { hostname: environment.HOST, port: environment.PORT };
  const tell = (name: EventName) => publishEvent(hub, name, { runtime: host.runtime.name, version: VERSION });
  await tell("before_web_server_start");
  const maxMessageBytes = config.limits.message_bytes;
  const listener = await host
    .listen(createApp(options), { ...where, maxMessageBytes, sockets: options.sockets })
    .catch(async (cause: Error) => {
      await hub.close();
      throw new Error(`cannot listen on ${where.hostname} port ${where.port}: ${cause.message}`, { cause });
    });
  await tell("after_web_server_start");
  return {
    listener,
    async stop() {
      hub.drain();
      await tell("before_web_server_stop");
      // Whoever is still connected gets samples and logs meanwhile, and whoever comes is told that it stops.
      await hub.disconnectAll();
      // Not waited for yet: to read a log on a network share that is gone may take for ever.
      const tailStopped = tail.stop();
      await monitor.stop();
      await listener.close();
      await tailStopped;
      await tell("after_web_server_stop");
      await hub.close();
    },
  };
}

/** The program's hub: it knows the types of the domain's topics, and what happens in it goes to the log. */
export function createHub(log: Log, { topics, limits, drain }: Config): TopicHub {
  return new TopicHub({
    topics,
    limits,
    drain,
    defaultType: topicType,
    onError: (error, { stage }) => log("error", `${stage} failed`, { error: String(error) }),
    onConnect: ({ id, user }) => log("debug", "connected", { connection: id, user }),
    onSubscribe: ({ id }, topic) => log("debug", "subscribed", { connection: id, topic }),
    onDisconnect: ({ id, user }, code, reason) =>
      log("debug", "disconnected", { connection: id, user, code, reason }),
  });
}

function createApp({ hub, settings, secret, host }: ProgramOptions): Hono {
  const { config, environment } = settings;
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, ALLOWED_ORIGINS: allowedOrigins } = environment;
  const routes = topicRoutes({
    hub,
    runtime: host.runtime,
    ...keys(environment, secret),
    issuer,
    audience,
    allowedOrigins,
    authorize: authorize(config.auth.default_grants ?? DEFAULT_GRANTS),
    config,
    extraRoutes: ["admin", "client", "health", "history", "page", "presence"],
  });
  const app = new Hono().route("/", routes);
  for (const path of NOT_OFFERED) app.all(path, (c) => notOffered(c));
  app.notFound((c) => errorResponse(c, 404, "not_found", `No such route: ${c.req.method} ${c.req.path}`));
  app.onError(requestError(hub));
  return app;
}

// Routes of the protocol that this version does not have.
const NOT_OFFERED = ["/metrics", "/openapi.json", "/asyncapi.json"];

function keys({ JWT_ALG: alg, JWKS_URI: jwksUri }: Environment, secret: string | undefined): KeyOption {
  const isForSecret = alg !== undefined && isSecretAlgorithm(alg);
  if (jwksUri === undefined) return { secret, alg: isForSecret ? alg : undefined };
  return { secret, jwksUri, alg: isForSecret ? undefined : alg };
}

// Tasks are told to whoever started them, directly: nobody subscribes to them.
function authorize(defaults: { subscribe: string[]; publish: string[] }): Authorize {
  const byGrants = authorizeByGrants(defaults);
  return (principal, action, topic) =>
    !(action === "subscribe" && isTaskTopic(topic)) && byGrants(principal, action, topic);
}
