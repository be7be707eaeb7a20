import * as v from "valibot";
import { strictRecord } from "../protocol/strict-record.ts";
import { isTopic } from "../protocol/topic.ts";
import { LARGEST_PID } from "./pid-file.ts";
import { OWN_SERVER, resourceTopic } from "./resource-update.ts";

// Each message says what the field takes, to stand in "'servers.0.pid' takes …, got …".
const NAME_BYTES = 200;
const NAME = `a name of 1 to ${NAME_BYTES} bytes without '*', white space, control, format or surrogate characters, and not '${OWN_SERVER}'`;
const PID = `a process id from 1 to ${LARGEST_PID}`;
const PATH = "the path of a file";
const PATH_OR_NULL = `${PATH}, or null`;
const SOURCES = "either pid_file or pid, with a log_file besides or alone";
const INTERVAL = "a whole number of milliseconds from 100 to 3600000";

// Not nonEmpty: its issues tell the length in place of what was got.
const Path = v.pipe(
  v.string(PATH),
  v.check((path) => path !== "", PATH),
);

/** A server, as a configuration has it. PROTOCOL.md, Configuration. */
export const ServerConfig = v.pipe(
  strictRecord({
    name: v.pipe(v.string(NAME), v.check(isServerName, NAME)),
    pid_file: v.optional(Path),
    pid: v.optional(v.pipe(v.number(PID), v.integer(PID), v.minValue(1, PID), v.maxValue(LARGEST_PID, PID))),
    log_file: v.optional(Path),
  }),
  v.check(({ pid, pid_file, log_file }) => {
    const processes = [pid, pid_file].filter((source) => source !== undefined).length;
    return processes === 1 || (processes === 0 && log_file !== undefined);
  }, SOURCES),
);

/** The servers of a configuration; no two have one name. */
export const ServersConfig = v.pipe(
  v.array(ServerConfig, "a list of servers"),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const names = new Set<string>();
    for (const [key, server] of dataset.value.entries()) {
      const { name } = server;
      if (names.has(name))
        addIssue({
          message: "a name that no other server has",
          input: name,
          path: [
            { type: "array", origin: "value", input: dataset.value, key, value: server },
            { type: "object", origin: "value", input: server, key: "name", value: name },
          ],
        });
      names.add(name);
    }
  }),
);

/** The log of the whole application, where it has one. */
export const AppLogConfig = v.nullable(
  v.pipe(
    v.string(PATH_OR_NULL),
    v.check((path) => path !== "", PATH_OR_NULL),
  ),
);

/** How processes are sampled; `interval_ms` is in milliseconds. */
export const MonitorConfig = strictRecord({
  interval_ms: v.optional(
    v.pipe(
      v.number(INTERVAL),
      v.integer(INTERVAL),
      v.minValue(100, INTERVAL),
      v.maxValue(3_600_000, INTERVAL),
    ),
    2000,
  ),
});

function isServerName(name: string): boolean {
  if (name === "" || name === OWN_SERVER) return false;
  // The name becomes the end of a topic, so a topic's rules are its rules.
  return new TextEncoder().encode(name).length <= NAME_BYTES && isTopic(resourceTopic(name));
}
