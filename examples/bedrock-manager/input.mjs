import * as v from "valibot";
import { invalid } from "./problem.mjs";
import { SERVER_NAME } from "./servers.mjs";

/** @import { Context } from "hono" */
/** @import { GenericSchema, InferOutput, BaseIssue } from "valibot" */

const NAME =
  "a name of 1 to 32 small letters, digits, '_' and '-' that begins with a letter, and not 'topichub'";
const PLAYER = "a player's name of 1 to 16 letters, digits and blanks that begins with a letter";
const COMMAND = "one command of 1 to 256 characters in one line, other than stop, which POST …/stop sends";
const VERSION = "a version such as 1.21.100";
const KEEP = "a whole number from 0 to 1000";
const USER = "a name of 1 to 32 letters, digits, '_', '.' and '-'";
const PLAYERS = "a list of at most 100 entries";

/** @param {RegExp} pattern @param {string} takes */
const text = (pattern, takes) => v.pipe(v.string(takes), v.regex(pattern, takes));

export const serverName = text(SERVER_NAME, NAME);
const playerName = text(/^[A-Za-z][A-Za-z0-9 ]{0,15}$/, PLAYER);
const version = text(/^\d{1,3}(\.\d{1,4}){2,3}$/, VERSION);
/** @template {GenericSchema} S @param {S} entry */
const list = (entry) => v.pipe(v.array(entry, PLAYERS), v.maxLength(100, PLAYERS));

/** What each route takes as its body. */
export const bodies = {
  session: v.strictObject({ user: text(/^[\w.-]{1,32}$/, USER) }),
  install: v.strictObject({ name: serverName, version: v.optional(version) }),
  update: v.strictObject({ version: v.optional(version) }),
  command: v.strictObject({
    command: text(/^(?!\s*stop\s*$)[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]{1,256}$/u, COMMAND),
  }),
  autostart: v.strictObject({ autostart: v.boolean("true or false") }),
  keep: v.strictObject({
    keep: v.pipe(v.number(KEEP), v.integer(KEEP), v.minValue(0, KEEP), v.maxValue(1000, KEEP)),
  }),
  import: v.strictObject({ export: v.string("the name of an exported world") }),
  addon: v.strictObject({ addon: v.string("the name of an add-on") }),
  allowList: v.strictObject({ players: list(playerName) }),
  players: v.strictObject({
    players: list(v.strictObject({ name: playerName, xuid: text(/^\d{16}$/, "an XUID of 16 digits") })),
  }),
};

/**
 * Reads a request's body.
 * @template {GenericSchema} S
 * @param {Context} c
 * @param {S} schema
 * @returns {Promise<InferOutput<S>>}
 * @throws {import("./problem.mjs").Problem} That names every fault.
 */
export async function read(c, schema) {
  return parse(schema, json(await c.req.text()));
}

/** @param {string} text */
function json(text) {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    throw invalid("The body takes one JSON object, got what is not valid JSON");
  }
}

/**
 * @template {GenericSchema} S
 * @param {S} schema
 * @param {unknown} value
 * @param {string} [name] What it is called where it is no object with fields.
 * @returns {InferOutput<S>}
 */
export function parse(schema, value, name = "The body") {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw invalid(parsed.issues.map((issue) => sentence(issue, name)).join("; "));
}

/** @param {BaseIssue<unknown>} issue @param {string} name */
function sentence(issue, name) {
  const path = issue.path?.map((item) => String(item.key)).join(".");
  const field = path === undefined ? name : `'${path}'`;
  if (issue.type === "strict_object" && issue.expected === "never") return `Unknown field ${field}`;
  if (issue.received === "undefined") return `${field} is missing`;
  const takes = issue.type === "strict_object" ? "a JSON object" : issue.message;
  return `${field} takes ${takes}, got ${issue.received.slice(0, 60)}`;
}
