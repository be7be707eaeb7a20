import { fileURLToPath } from "node:url";

/** What a platform can do at all; where it cannot, its documentation says so and the suite skips. */
export interface Capabilities {
  /** Holds a message in fragments to the size limit. */
  limitsFragments: boolean;
  /** Answers broken frames with a close frame, where others just drop the connection. */
  closesOnProtocolError: boolean;
  /** Refuses frames without a mask. */
  refusesUnmaskedFrames: boolean;
  /** Delivers frames that were sent before the 101. */
  acceptsPipelinedFrames: boolean;
  /** Sends protocol pings when it is asked to, and tells of what is no message: pings and pongs. */
  pings: boolean;
  /** Tells of every byte that comes, also where the frame is not whole yet. */
  hearsBytes: boolean;
  /** Tells how much of a large write the peer has taken so far. */
  measuresWrites: boolean;
  /** Its server has `node:http`'s upgrade event, which others may listen to as well. */
  hasUpgradeEvent: boolean;
  /** Serves a request that names no host. */
  routesWithoutHost: boolean;
  /** Refuses a request that names two hosts. */
  refusesTwoHosts: boolean;
  /** Answers a request that has a body, and whose answer takes its time, also where another one stands behind it. */
  pipelines: boolean;
  /** Drops a connection on which no whole head came within 10 s, give or take two. */
  dropsSlowHeads: boolean;
  /** Ends a connection whose peer does not answer the close frame. */
  terminates: boolean;
}

export interface Target {
  name: "node" | "node-ws" | "bun" | "deno" | "deno-native";
  /** What the listening line says. */
  runtime: "node" | "bun" | "deno";
  /** Starts the command line program; a subcommand and its flags follow. */
  program: readonly string[];
  /** Starts a file. */
  script(path: string): readonly string[];
  /** Which of the servers that fit the runtime it is, as test/support/embedded.mjs names them. */
  server: "node" | "node-ws" | "bun" | "deno-native";
  /** Starts the server. Every path in it is absolute, so any `cwd` will do. */
  command: readonly string[];
  capabilities: Capabilities;
}

/** The project's folder. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const at = (path: string) => ROOT + path;

const everything: Capabilities = {
  limitsFragments: true,
  closesOnProtocolError: true,
  refusesUnmaskedFrames: true,
  acceptsPipelinedFrames: true,
  pings: true,
  hearsBytes: true,
  measuresWrites: true,
  terminates: true,
  routesWithoutHost: true,
  hasUpgradeEvent: true,
  refusesTwoHosts: true,
  pipelines: true,
  dropsSlowHeads: true,
};
const nothing: Capabilities = {
  limitsFragments: false,
  closesOnProtocolError: false,
  refusesUnmaskedFrames: false,
  acceptsPipelinedFrames: false,
  pings: false,
  hearsBytes: false,
  measuresWrites: false,
  terminates: false,
  routesWithoutHost: true,
  hasUpgradeEvent: false,
  refusesTwoHosts: true,
  pipelines: true,
  dropsSlowHeads: false,
};

// The npm package's `deno` in .bin is a wrapper that passes no signal on: this is the program itself.
const deno = [at("node_modules/deno/deno"), "run", "--allow-all", "--config", at("deno.json")];

function served(program: readonly string[]): Pick<Target, "program" | "command"> {
  return { program, command: [...program, "serve"] };
}

const native = [...deno, at("test/support/deno-native.ts")];

export const targets = {
  node: {
    name: "node",
    runtime: "node",
    server: "node",
    script: (path) => ["node", path],
    ...served(["node", at("dist/cli/main.js")]),
    capabilities: everything,
  },
  "node-ws": {
    name: "node-ws",
    runtime: "node",
    server: "node-ws",
    script: (path) => ["node", path],
    ...served(["node", at("test/support/node-ws.mjs")]),
    capabilities: { ...everything, refusesTwoHosts: false },
  },
  bun: {
    name: "bun",
    runtime: "bun",
    server: "bun",
    script: (path) => [at("node_modules/.bin/bun"), path],
    ...served([at("node_modules/.bin/bun"), at("src/cli/main.ts")]),
    // The 101 is sent after an awaited check, and frames that come before it are answered 400.
    capabilities: {
      ...everything,
      acceptsPipelinedFrames: false,
      hearsBytes: false,
      hasUpgradeEvent: false,
      routesWithoutHost: false,
      pipelines: false,
    },
  },
  deno: {
    name: "deno",
    runtime: "deno",
    server: "node",
    script: (path) => [...deno, path],
    ...served([...deno, at("src/cli/main.ts")]),
    capabilities: everything,
  },
  "deno-native": {
    name: "deno-native",
    runtime: "deno",
    server: "deno-native",
    script: (path) => [...deno, path],
    ...served(native),
    capabilities: { ...nothing, acceptsPipelinedFrames: true },
  },
} as const satisfies Record<Target["name"], Target>;
