import { excerpt } from "./faults.ts";
import type { SchemaFault, StandardSchema } from "./standard-schema.ts";

/** That what was to be published fits no schema of its topic: the publisher's fault. */
export class MessageRefused extends TypeError {
  readonly code: "invalid_message" | "invalid_topic";

  constructor(code: MessageRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * What a schema makes of the data of a topic.
 * @throws MessageRefused that names the field, what it takes and what it got; TypeError for a schema that is not
 *   synchronous, for the order of publishing would depend on it.
 */
export function schemaOutput(key: string, schema: StandardSchema, data: unknown): unknown {
  const result = schema["~standard"].validate(data);
  if ("then" in result) {
    // Nobody waits for it.
    Promise.resolve(result).catch(() => {});
    throw new TypeError(`The schema of ${JSON.stringify(key)} is asynchronous: those of topics are not`);
  }
  if (!result.issues) return result.value;
  const [fault] = result.issues;
  throw new MessageRefused("invalid_message", fault ? sentence(fault) : "'data' does not fit its schema");
}

/** What valibot tells of a fault beside its message. */
interface Detail {
  type?: unknown;
  expected?: unknown;
  received?: unknown;
}

/** As `faultsOf` says it, where valibot finds the wrong type; else in the words of the schema. */
function sentence(fault: SchemaFault & Detail): string {
  const { message, type, expected, received } = fault;
  const field = excerpt(fieldOf(fault));
  const words = `'${field}': ${excerpt(message, WORDS)}`;
  if (typeof received !== "string") return words;
  if (type === "strict_object" && expected === "never") return `Unknown field '${field}'`;
  if (received === "undefined") return `'${field}' is missing`;
  const got = excerpt(received);
  if (
    typeof expected === "string" &&
    message === `Invalid type: Expected ${expected} but received ${received}`
  )
    return `'${field}' takes ${excerpt(NAMES.get(expected) ?? expected, WORDS)}, got ${got}`;
  // Most of valibot's own messages end with what was received; an application's need not.
  return message.endsWith(`eceived ${received}`) ? words : `${words}, got ${got}`;
}

function fieldOf({ path = [] }: SchemaFault): string {
  const keys = path.map((item) => (typeof item === "object" ? item.key : item));
  return ["data", ...keys.map(String)].join(".");
}

// A message may quote what was sent.
const WORDS = 200;

/** How the protocol's own schemas call them. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["string", "a string"],
  ["number", "a number"],
  ["boolean", "a boolean"],
  ["Object", "an object"],
  ["Array", "a list"],
]);
