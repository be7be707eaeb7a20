import { SECTIONS } from "../config-sections.ts";
import { isRecord } from "../protocol/json.ts";
import { TopicCatalogue } from "../protocol/topic-catalogue.ts";
import type { TopicHubOptions } from "./options.ts";

type Kind = "function" | "object";

// What is in an object is for others to check, and so are rules; a catalogue is told by its class. The compiler asks
// for an option that is missing here.
const OPTIONS: Record<keyof TopicHubOptions, Kind | undefined> = {
  broker: "function",
  clock: "object",
  topics: undefined,
  schemas: undefined,
  limits: "object",
  defaultType: "function",
  drain: "object",
  onConnect: "function",
  onSubscribe: "function",
  onDisconnect: "function",
  onError: "function",
};

/** Throws a TypeError that names every option that a hub does not take. */
export function requireOptions(options: unknown): void {
  if (!isRecord(options))
    throw new TypeError(`A hub takes an object of options or nothing, got ${kindOf(options)}`);
  const faults = Object.entries(options).flatMap(([name, value]) => faultOf(name, value) ?? []);
  if (faults.length > 0) throw new TypeError(faults.join("; "));
}

function faultOf(name: string, value: unknown): string | undefined {
  if (!isOption(name)) {
    // It may be given the whole configuration. README.md, In your API.
    if (SECTIONS.includes(name)) return undefined;
    return `Unknown option '${name}': a hub takes ${Object.keys(OPTIONS).join(", ")}`;
  }
  if (name === "schemas" && value !== undefined && !(value instanceof TopicCatalogue))
    return `'schemas' takes what defineTopics makes, got ${kindOf(value)}`;
  const kind = OPTIONS[name];
  if (value === undefined || kind === undefined || kindOf(value) === kind) return undefined;
  return `'${name}' takes ${kind === "function" ? "a function" : "an object"}, got ${kindOf(value)}`;
}

function isOption(name: string): name is keyof TopicHubOptions {
  return Object.hasOwn(OPTIONS, name);
}

/** What a value is, as a sentence says it. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value;
}
