import * as v from "valibot";
import { GrantsConfig } from "../auth/grants.ts";
import { AppLogConfig, MonitorConfig, ServersConfig } from "../bedrock/config.ts";
import { KeptLimitsConfig } from "../hub/kept-limits.ts";
import { TopicRulesConfig } from "../hub/topic-rules.ts";
import { type Fault, faultsOf } from "../protocol/faults.ts";
import { isRecord } from "../protocol/json.ts";
import { strictRecord } from "../protocol/strict-record.ts";
import { wholeNumber } from "../protocol/whole-number.ts";

const notOffered = v.optional(v.never());
const flag = v.boolean("true or false");

const whole = (fallback: number, least: number, most: number) =>
  v.optional(wholeNumber(least, most), fallback);

const GIB = 2 ** 30;

/** When a token is asked for. PROTOCOL.md, First message. */
export const AUTH_MODES = ["upgrade", "first-message", "either"] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

const Auth = strictRecord({
  mode: v.optional(v.picklist(AUTH_MODES, AUTH_MODES.join(", ")), "upgrade"),
  first_message_timeout_ms: whole(5000, 100, 600_000),
  cookie: v.optional(
    v.pipe(v.string("a cookie's name"), v.regex(/^[\w!#$%&'*.^`|~+-]+$/, "a cookie's name")),
    "access_token_cookie",
  ),
  query: v.optional(flag, true),
  claim: v.optional(v.pipe(v.string("a claim's name"), v.nonEmpty("a claim's name")), "topics"),
  require_exp: v.optional(flag, true),
  default_grants: v.optional(GrantsConfig),
});

const Limits = strictRecord({
  message_bytes: whole(65_536, 256, GIB),
  body_bytes: whole(1_048_576, 256, GIB),
  json_depth: whole(32, 2, 1000),
  subscriptions: whole(200, 1, 1_000_000),
  connections: whole(10_000, 1, 10_000_000),
  connections_per_user: whole(20, 1, 10_000_000),
  unauthenticated: whole(200, 1, 10_000_000),
  messages_per_second: whole(50, 1, 1_000_000),
  message_burst: whole(100, 1, 1_000_000),
  publish_batch: whole(1000, 1, 1_000_000),
  idempotency_keys: whole(10_000, 1, 10_000_000),
  unsent_bytes: whole(1_048_576, 1024, GIB),
  ...KeptLimitsConfig,
});

const Heartbeat = strictRecord({
  interval_ms: whole(25_000, 100, 3_600_000),
  timeout_ms: whole(10_000, 100, 3_600_000),
});

// Of the domain: the hub itself has no rules. PROTOCOL.md, Configuration.
const TOPIC_RULES: v.InferInput<typeof TopicRulesConfig> = [
  { match: "event:*", history: { size: 256, ttl_s: 300 }, slow: "disconnect" },
  { match: "resource-monitor:*", history: { size: 1, ttl_s: 60 }, slow: "latest" },
  { match: "server_log:*", history: { size: 500, ttl_s: 300 }, slow: "disconnect" },
  { match: "app_log", history: { size: 500, ttl_s: 300 }, slow: "disconnect" },
];

const Drain = v.pipe(
  strictRecord({ window_ms: whole(5000, 0, 3_600_000), timeout_ms: whole(10_000, 2000, 3_600_000) }),
  v.rawCheck(({ dataset: { typed, value }, addIssue }) => {
    if (!typed || value.window_ms <= value.timeout_ms) return;
    const message = `at most 'drain.timeout_ms', which is ${value.timeout_ms}`;
    const item = {
      type: "object",
      origin: "value",
      input: value,
      key: "window_ms",
      value: value.window_ms,
    } as const;
    addIssue({ message, received: String(value.window_ms), path: [item] });
  }),
);

/** The configuration file, and what an embedding API passes. PROTOCOL.md, Configuration. */
const ConfigSchema = strictRecord({
  servers: v.optional(ServersConfig, []),
  app_log: v.optional(AppLogConfig, null),
  monitor: v.optional(MonitorConfig, {}),
  auth: v.optional(Auth, {}),
  limits: v.optional(Limits, {}),
  heartbeat: v.optional(Heartbeat, {}),
  topics: v.optional(TopicRulesConfig, TOPIC_RULES),
  drain: v.optional(Drain, {}),
  metrics: notOffered,
});

/** A configuration as it is written: everything is optional. */
export type ConfigInput = v.InferInput<typeof ConfigSchema>;
/** A configuration with its defaults filled in. */
export type Config = v.InferOutput<typeof ConfigSchema>;

/** What is wrong with a configuration, all of it at once. */
export class ConfigError extends Error {
  override name = "ConfigError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`Wrong configuration:\n${faults.join("\n")}`);
    this.faults = faults;
  }
}

/**
 * Checks a configuration and fills in the defaults.
 * @throws ConfigError that names every fault.
 */
export function parseConfig(value: unknown): Config {
  const faults: Fault[] = [];
  let rest = value;
  for (;;) {
    const parsed = v.safeParse(ConfigSchema, rest, { abortPipeEarly: true });
    if (parsed.success && faults.length === 0) return parsed.output;
    const found = parsed.success ? [] : faultsOf(parsed.issues);
    const unknown = found.filter(({ isUnknown }) => isUnknown);
    faults.push(...unknown);
    // valibot names one unknown field of an object at a time: take those away and look again.
    if (unknown.length > 0) rest = unknown.reduce((value, { path }) => without(value, path), rest);
    else throw new ConfigError([...faults, ...found].map(({ message }) => message));
  }
}

function without(value: unknown, [key = "", ...path]: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item, at) => (String(at) === key ? without(item, path) : item));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => path.length > 0 || name !== key)
      .map(([name, item]) => [name, name === key ? without(item, path) : item]),
  );
}
