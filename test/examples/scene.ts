import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, connect, type Message } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { scratchFolder } from "../support/guard.ts";
import { type JsonResponse, requestJson } from "../support/http.ts";
import { type Server, type SpawnOptions, spawnServer } from "../support/spawn-server.ts";
import { ROOT, targets } from "../support/targets.ts";

const entry = (name: string) => `${ROOT}examples/bedrock-manager/${name}`;

/** The manager's entry on each runtime. */
export const entries = {
  node: targets.node.script(entry("node.mjs")),
  bun: targets.bun.script(entry("bun.mjs")),
  deno: targets.deno.script(entry("deno.mjs")),
};

/** The manager of examples/bedrock-manager, which runs in a folder of its own. */
export interface Scene extends AsyncDisposable {
  server: Server;
  home: string;
  /** Signs in and connects. */
  signIn(user: string, topics?: readonly string[]): Promise<User>;
  /** The names of all events so far, by its log. */
  events(): string[];
  /** The process of a server, by its pid file. */
  pidOf(name: string): number;
}

export async function startScene(command: readonly string[], options: SpawnOptions = {}): Promise<Scene> {
  const home = options.env?.BEDROCK_HOME ?? scratchFolder();
  const server = await spawnServer({ command }, { ...options, env: { BEDROCK_HOME: home, ...options.env } });
  const log = () => readFileSync(join(home, "manager.log"), "utf8");
  return {
    server,
    home,
    signIn: (user, topics = []) => signIn(server, user, topics),
    events: () => [...log().matchAll(/ INFO event:(\w+)/g)].map(([, name = ""]) => name),
    pidOf: (name) => Number(readFileSync(join(home, "servers", name, "bedrock_server.pid"), "utf8")),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Somebody who signed in and is connected. */
export interface User extends AsyncDisposable {
  client: Client;
  ask(method: string, path: string, body?: unknown): Promise<JsonResponse>;
  /** Asks, and waits for the end of the task that it began; gives that task's result. */
  askTask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  /** Waits until what was published so far is there; gives the names of the events that came since the last time. */
  newEvents(): Promise<Set<string>>;
}

async function signIn(server: Server, user: string, topics: readonly string[]): Promise<User> {
  const request = (method: string, path: string, body?: unknown, token?: string) =>
    requestJson(server, method, path, token === undefined ? {} : { token, ms: 10_000 }, JSON.stringify(body));
  const { json } = await request("POST", "/api/sessions", { user });
  const token = String(json.token);
  const client = await connect(server, { token });
  if (topics.length > 0) await client.request({ action: "subscribe", topics });
  const ask = (method: string, path: string, body?: unknown) => request(method, path, body, token);
  let seen = 0;
  return {
    client,
    ask,
    async askTask(method, path, body) {
      const { status, json, text } = await ask(method, path, body);
      if (status !== 202) throw new Error(`expected a task, got ${status} ${text}`);
      return resultOf(await client.nextMatching(isEndOf(`task:${json.task}`), 10_000));
    },
    async newEvents() {
      await client.request({ action: "ping" });
      const fresh = client.received.slice(seen);
      seen = client.received.length;
      const names = fresh.map(({ topic }) => /^event:(\w+)$/.exec(topic ?? "")?.[1] ?? "");
      return new Set(names.filter((name) => name !== ""));
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

interface TaskData {
  status: string;
  result: Record<string, unknown>;
}

const taskData = ({ data }: Message) => data as TaskData;
const isEndOf = (topic: string) => (message: Message) =>
  message.topic === topic && taskData(message).status !== "in_progress";

function resultOf(message: Message): Record<string, unknown> {
  if (taskData(message).status !== "success") throw new Error(`the task failed: ${JSON.stringify(message)}`);
  return taskData(message).result;
}

/** True while a process is there, a zombie not. */
export function isAlive(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, "utf8"));
}

export function gone(pid: number): Promise<boolean> {
  return eventually(() => !isAlive(pid), 5000, `the end of process ${pid}`);
}
