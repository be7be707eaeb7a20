import process from "node:process";
import { connect } from "../client/connect.ts";
import type { ClientOptions } from "../client/options.ts";
import type { TopicClient } from "../client/topic-client.ts";
import { needs } from "../runtime/needs.ts";
import { DURATION_RULE, parseSeconds } from "./duration.ts";

/** The flags of commands that talk to a server. */
export const REMOTE_FLAGS = {
  url: { type: "string" },
  token: { type: "string" },
  auth: { type: "string" },
  transport: { type: "string" },
  timeout: { type: "string" },
} as const;

type RemoteFlags = Partial<Record<keyof typeof REMOTE_FLAGS, string>>;
type Auth = NonNullable<ClientOptions["auth"]>;
type Kind = NonNullable<ClientOptions["transport"]>;

/** A server, and how to talk to it. */
export interface Remote {
  /** Without anything secret in it. */
  url: string;
  token: string;
  auth: Auth;
  transport: Kind;
  timeoutMs: number;
}

const AUTHS: readonly Auth[] = ["upgrade", "first-message"];
const TRANSPORTS: readonly Kind[] = ["auto", "websocket", "sse"];
const URL_RULE = "an http or ws address without a user, a query or a fragment";
const TOKEN_RULE = "letters, digits, '.', '-' and '_'; topichub token makes one";
const DAY_S = 86_400;

/**
 * Reads the flags, and the variables of those that are not given.
 * @param found Gets a line for each fault; what could be a token is never in it.
 */
export function readRemote(
  flags: RemoteFlags,
  env: Readonly<Record<string, string | undefined>>,
  found: string[],
): Remote {
  const { auth = "upgrade", transport = "auto", timeout = "10s" } = flags;
  const url = flags.url ?? env.TOPICHUB_URL ?? "http://127.0.0.1:8787";
  const token = flags.token ?? env.TOPICHUB_TOKEN;
  // What is wrong with it may be that a token is in it.
  if (!isAddress(url))
    found.push(`${flags.url === undefined ? "'TOPICHUB_URL'" : "--url"} takes ${URL_RULE}`);
  if (token === undefined) found.push("--token is missing: give one, or set TOPICHUB_TOKEN");
  else if (!/^[\w.-]+$/.test(token))
    found.push(`${flags.token === undefined ? "'TOPICHUB_TOKEN'" : "--token"} takes ${TOKEN_RULE}`);
  const seconds = parseSeconds(timeout);
  if (seconds === undefined) found.push(`--timeout takes ${DURATION_RULE}, got '${timeout}'`);
  else if (seconds > DAY_S) found.push(`--timeout takes a day at most, got '${timeout}'`);
  return {
    url,
    token: token ?? "",
    auth: oneOf(AUTHS, auth, "--auth", found),
    transport: oneOf(TRANSPORTS, transport, "--transport", found),
    timeoutMs: (seconds ?? 0) * 1000,
  };
}

function oneOf<Name extends string>(
  names: readonly Name[],
  got: string,
  flag: string,
  found: string[],
): Name {
  const name = names.find((name) => name === got);
  if (name === undefined) found.push(`${flag} takes ${names.join(", ")}, got '${got}'`);
  return name ?? (names[0] as Name);
}

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^(http|ws)s?:$/.test(protocol) && username + password === "" && !/[?#]/.test(text);
}

/** Connects. Where there is no WebSocket, of the platform or of the package `ws`, `auto` is Server-Sent Events. */
export async function openClient({ url, token, auth, transport }: Remote): Promise<TopicClient> {
  return connect(url, { token, auth, ...(await meansOf(transport)) });
}

async function meansOf(transport: Kind): Promise<Pick<ClientOptions, "transport" | "WebSocket">> {
  if (transport === "sse" || "WebSocket" in globalThis) return { transport };
  // Node 20 has none.
  const found = import("ws").then(({ WebSocket }) => ({ transport, WebSocket }));
  return transport === "auto"
    ? found.catch(() => ({ transport: "sse" }))
    : found.catch(needs("ws", "--transport websocket"));
}

/** Follows why the last attempt to connect failed; empty where nothing is known, or one came up since. */
export function followReason(client: TopicClient): () => string {
  let reason = "";
  client.on("state", (state) => {
    if (state.status === "waiting") reason = state.reason;
    // A stream counts as open before the server has answered.
    if (state.status === "open" && state.transport === "websocket") reason = "";
  });
  return () => reason;
}

// How long a peer may take to answer the close.
const LEAVE_MS = 500;

/** Ends a client, and the process: a server that does not answer is not waited for. */
export function leave(client: TopicClient): void {
  client.close();
  setTimeout(() => process.exit(), LEAVE_MS).unref();
}
