import { readFileSync } from "node:fs";
import type { Settings } from "./settings.ts";

// What a runtime has open by itself (some 20), and what comes and goes: the identity provider's keys, pid files.
const OWN = 40;
// A log, and what is kept open of its process.
const PER_SERVER = 2;
// Sockets of requests that are no connections: without them nobody could ask a full server how it is.
const REQUESTS = 24;

/** How many descriptors this process may have open; undefined where the system does not say. */
export function descriptorLimit(): number | undefined {
  try {
    const [, most] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return most === undefined ? undefined : Number(most);
  } catch {
    // Only Linux has it.
    return undefined;
  }
}

/** Settings that fit in the descriptors that there are. */
export interface Fitted {
  settings: Settings;
  /** Most sockets of all kinds; undefined where nobody knows. */
  sockets?: number;
  /** What was not as it was asked for. */
  warning?: string;
}

/**
 * Has a server turn away whom it has no descriptors for: without any left Bun spins, Deno accepts nobody any more, and
 * no log can be opened.
 */
export function fitDescriptors(settings: Settings, limit: number | undefined): Fitted {
  const { config } = settings;
  if (limit === undefined) return { settings };
  const sockets = Math.max(limit - OWN - PER_SERVER * config.servers.length, 2);
  const connections = Math.max(sockets - REQUESTS, 1);
  const asked = config.limits.connections;
  if (asked <= connections) return { settings, sockets };
  return {
    settings: { ...settings, config: { ...config, limits: { ...config.limits, connections } } },
    sockets,
    warning: `limits.connections is ${asked}, and ${limit} descriptors are enough for ${connections}: that is the limit now (ulimit -n raises it)`,
  };
}
