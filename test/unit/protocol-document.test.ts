import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PIECE_BYTES } from "../../src/bedrock/whole-lines.ts";
import { parseEnvironment } from "../../src/cli/environment.ts";
import { LOCATED_TOGETHER, LOCATED_TOPICS } from "../../src/hub/broker.ts";
import { OUTCOME_BYTES } from "../../src/hub/idempotency.ts";
import { PAGE_BYTES, PAGE_ENTRIES } from "../../src/hub/page.ts";
import { POSITIONS_BYTES, REPLAYED_TOPICS } from "../../src/hub/subscriber.ts";
import { TopicHub } from "../../src/hub/topic-hub.ts";
import { HISTORY_ENTRIES, LIST_ENTRIES } from "../../src/protocol/client-message.ts";
import { BEARER_SUBPROTOCOL, CloseCode, SUBPROTOCOL } from "../../src/protocol/codes.ts";
import { decode } from "../../src/protocol/decode.ts";
import { TOPIC_BYTES } from "../../src/protocol/topic.ts";
import { ConfigError, parseConfig } from "../../src/routes/config.ts";
import { askForStream, type EventStream } from "../support/event-stream.ts";
import { rawRequest } from "../support/raw-http.ts";
import { type RawSocket, rawUpgrade } from "../support/raw-websocket.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import { ROOT, targets } from "../support/targets.ts";
import { token } from "../support/token.ts";

setDefaultTimeout(30_000);

const DOCUMENT = readFileSync(join(ROOT, "PROTOCOL.md"), "utf8");
const blocks = [...DOCUMENT.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(([, info = "", text = ""]) => ({
  info,
  text,
}));
const blocksOf = (info: string) => blocks.filter((block) => block.info === info).map(({ text }) => text);

/** The text of a section, up to the next heading of its level. */
function section(heading: string): string {
  const [, text] = new RegExp(`^## ${heading}\\n(.*?)(?=^## |$(?![\\s\\S]))`, "ms").exec(DOCUMENT) ?? [];
  if (text === undefined) throw new Error(`PROTOCOL.md has no section '${heading}'`);
  return text;
}

/** The rows of the tables with this first column; cells without their backquotes. */
function rows(heading: string, column: string): string[][] {
  const lines = section(heading).split("\n");
  const start = lines.indexOf(lines.find((line) => line.startsWith(`| ${column} |`)) ?? "");
  if (start < 0) throw new Error(`Section '${heading}' has no table of '${column}'`);
  const end = lines.findIndex((line, at) => at > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) => line.split("|").slice(1, -1).map(bare));
}
const bare = (cell: string) => cell.trim().replace(/^`([^`]*)`$/, "$1");

describe("what PROTOCOL.md says", () => {
  test("has every section that src cites, and every section that it links", () => {
    const headings = [...DOCUMENT.matchAll(/^##+ (.*)$/gm)].map(([, heading]) => heading);
    const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
    const cited = files
      .filter((file) => file.endsWith(".ts"))
      // A citation may go on in the next line of its comment.
      .map((file) => readFileSync(join(ROOT, "src", file), "utf8").replace(/\n\s*(\*|\/\/) ?/g, " "))
      .flatMap((text) => [...text.matchAll(/PROTOCOL\.md, ([A-Z][A-Za-z -]*[A-Za-z])/g)])
      .map(([, heading]) => heading);
    const linked = [...DOCUMENT.matchAll(/\]\(#([a-z-]+)\)/g)].map(([, anchor]) => anchor);

    expect(cited).toContain("Close codes");
    expect(headings).toEqual(expect.arrayContaining([...new Set(cited)]));
    expect(headings.map((it) => it?.toLowerCase().replaceAll(" ", "-"))).toEqual(
      expect.arrayContaining([...new Set(linked)]),
    );
  });

  test("lists the close codes of the source", () => {
    const listed = rows("Close codes", "code").map(([code]) => Number(code));
    expect(listed.toSorted()).toEqual(Object.values(CloseCode).toSorted());
  });

  test("has the limits that no configuration changes", () => {
    expect(section("Requests")).toContain(`1 to ${LIST_ENTRIES} entries`);
    expect(section("Topics")).toContain(`1 to ${TOPIC_BYTES} bytes`);
    expect(section("Topics")).toContain(`at most ${PIECE_BYTES} bytes`);
    expect(section("Presence")).toContain(
      `first ${PAGE_ENTRIES} of them, or as many as take\n${PAGE_BYTES} bytes`,
    );
    expect(section("Positions")).toContain(`at most ${LOCATED_TOPICS}, and`);
    expect(section("Positions")).toContain(
      `at most ${LOCATED_TOGETHER} that take at most ${POSITIONS_BYTES} bytes`,
    );
    expect(section("Positions")).toContain(`more than ${REPLAYED_TOPICS} topics would be replayed`);
    expect(section("Positions")).toContain(`more than ${PAGE_BYTES} bytes`);
    expect(section("Requests")).toContain(`0 to ${HISTORY_ENTRIES}; 100 unless given`);
    expect(section("Lists")).toContain(`1 to ${PAGE_ENTRIES} and by default 100`);
    expect(section("Lists")).toContain(`more than ${PAGE_BYTES} bytes`);
    expect(section("Publishing over HTTP")).toContain(`${OUTCOME_BYTES} bytes of their positions`);
    expect(section("Connecting")).toContain(`\`${SUBPROTOCOL}\``);
    expect(section("Connecting")).toContain(`\`${BEARER_SUBPROTOCOL}<jwt>\``);
  });

  test("has the configuration's defaults and ranges", () => {
    const [defaults = ""] = blocksOf("json config");
    expect(parseConfig({})).toEqual(JSON.parse(defaults));
    const ranged = rows("Configuration", "field").filter(([, takes]) => / to /.test(takes ?? ""));
    expect(ranged.map(([field]) => field)).toEqual([
      "monitor.interval_ms",
      "auth.first_message_timeout_ms",
      ...Object.keys(parseConfig({}).limits).map((name) => `limits.${name}`),
      ...Object.keys(parseConfig({}).heartbeat).map((name) => `heartbeat.${name}`),
      ...Object.keys(parseConfig({}).drain).map((name) => `drain.${name}`),
    ]);
    // Beside which each value of the other one fits.
    const drain = { window_ms: 0, timeout_ms: 3_600_000 };
    for (const [path = "", takes = ""] of ranged) {
      const [least = 0, most = 0] = takes.split(" to ").map(Number);
      for (const value of [least, most]) {
        const config = nested(path, value);
        expect(parseConfig({ ...config, drain: { ...drain, ...config.drain } })).toBeDefined();
      }
      for (const value of [least - 1, most + 1, least + 0.5])
        expect(() => parseConfig(nested(path, value))).toThrow(`'${path}' takes`);
    }
  });

  test("has the environment's defaults", () => {
    const listed = Object.fromEntries(
      rows("Running", "variable").map(([name, fallback]) => [name, fallback]),
    );
    const { HOST, PORT, JWT_ALG, LOG_LEVEL, ...rest } = parseEnvironment({});
    expect(listed).toMatchObject({ HOST, PORT: String(PORT), JWT_ALG, LOG_LEVEL });
    expect(Object.values(rest).filter((value) => value !== undefined)).toEqual([]);
  });

  test.each(rows("Not offered yet", "variable"))("says what %s ends the program with", (variable, line) => {
    const [name = "", value = "x"] = variable.split("=");
    expect(() => parseEnvironment({ [name]: value })).toThrow(line);
  });

  test.each(rows("Not offered yet", "configuration"))(
    "says what %s ends the program with",
    (config, line) => {
      let faults: readonly string[] = [];
      try {
        parseConfig(JSON.parse(config));
      } catch (error) {
        if (error instanceof ConfigError) faults = error.faults;
      }
      expect(faults).toEqual([line]);
    },
  );

  test("shows direct messages as the hub sends them", async () => {
    const frames: string[] = [];
    const clock = { now: () => 1_795_376_400_000, elapsed: () => 0, after: () => () => {} };
    const hub = new TopicHub({ clock });
    const transport = {
      canTerminate: true,
      canPing: true,
      send: (text: string) => void frames.push(text),
      close() {},
      ping() {},
      terminate() {},
      pause() {},
      resume() {},
      unsentBytes: () => 0,
    };
    const principal = { user: "alex", isAdmin: false, claims: {} };
    const { id } = hub.connect({ principal, transport, unsentLimit: 1024 });
    await hub.sendToUser("alex", { topic: "task:7", data: { status: "in_progress" } });
    await hub.sendToConnection(id, { type: "note", data: "hello" });

    expect(blocksOf("json server")).toEqual([`${frames.join("\n")}\n`]);
  });
});

function nested(path: string, value: number): Record<string, object> {
  const [section = "", field = ""] = path.split(".");
  return { [section]: { [field]: value } };
}

// The compiler compares the schemas: those of the document are written as types, with ErrorCode made of its table.
test("PROTOCOL.md's schemas are those of the source", () => {
  const folder = mkdtempSync(join(tmpdir(), "topichub-document-"));
  try {
    const codes = rows("Error codes", "code").map(([code]) => JSON.stringify(code));
    const types = blocksOf("ts")
      .join("\n")
      .replace(/^(interface|type) /gm, "export $1 ");
    writeFileSync(join(folder, "document.ts"), `export type ErrorCode = ${codes.join(" | ")};\n${types}`);
    writeFileSync(join(folder, "compare.ts"), COMPARISON);
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(COMPILER));
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const { stdout, status } = spawnSync("node", [tsc, "-p", folder], { encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 30_000);

const COMPILER = {
  extends: join(ROOT, "tsconfig.json"),
  compilerOptions: {
    types: ["node"],
    typeRoots: [join(ROOT, "node_modules/@types")],
    rewriteRelativeImportExtensions: false,
  },
  include: ["*.ts"],
};
const COMPARISON = `
import type { InferInput } from ${JSON.stringify(join(ROOT, "node_modules/valibot/dist/index.mjs"))};
import type * as Doc from "./document.ts";
import type { ResourceUpdate } from ${source("bedrock/resource-update.ts")};
import type { TaskUpdate } from ${source("bedrock/task.ts")};
import type { RequestSchemas, MessageId } from ${source("protocol/client-message.ts")};
import type { ErrorCode } from ${source("protocol/codes.ts")};
import type * as Entries from ${source("protocol/entries.ts")};
import type * as Messages from ${source("protocol/server-message.ts")};
import type * as Admin from ${source("routes/admin.ts")};
import type * as Lists from ${source("routes/lists.ts")};
import type { HistoryBody } from ${source("routes/history.ts")};
import type { KeptPublication } from ${source("hub/history-fields.ts")};
import type { PresenceBody } from ${source("routes/presence.ts")};
import type { PublishBody } from ${source("routes/publish.ts")};
import type { DirectBody, PublishMessage } from ${source("routes/publish-messages.ts")};

type Plain<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] | undefined ? E[] : T[K] };
type Same<A, B> = [A, B, keyof A, Required<A>] extends [B, A, keyof B, Required<B>]
  ? [keyof B] extends [keyof A] ? true : never
  : never;
type Request<A extends keyof typeof RequestSchemas> = InferInput<(typeof RequestSchemas)[A]>;

export const same: [
  Same<Doc.ErrorCode, ErrorCode>,
  Same<Doc.Id, MessageId>,
  Same<Plain<Doc.Welcome>, Plain<Messages.Welcome>>,
  Same<Doc.Unsubscribed, Messages.Unsubscribed>,
  [Doc.Reconnect, Doc.Gap] extends [Messages.Reconnect, Messages.Gap] ? true : never,
  [Messages.Reconnect, Messages.Gap] extends [Doc.Reconnect, Doc.Gap] ? true : never,
  Same<Doc.ErrorReply, Messages.ErrorReply>,
  Same<Doc.Subscribe, Request<"subscribe">>,
  Same<Doc.Unsubscribe, Omit<Request<"unsubscribe">, "since">>,
  Same<Doc.Publish, Request<"publish">>,
  Same<Doc.Authenticate, Request<"authenticate">>,
  Same<Doc.Presence, Request<"presence">>,
  Same<Doc.History, Request<"history">>,
  Same<Doc.Ping, Request<"ping">>,
  Same<Doc.PublishMessage, PublishMessage>,
  [Doc.PublishBody, PublishBody] extends [PublishBody, Doc.PublishBody] ? true : never,
  Same<Doc.ResourceUpdate, ResourceUpdate>,
  Same<Doc.TaskUpdate, TaskUpdate>,
] = [true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true];
export const sameOfRoutes: [
  Same<Doc.DirectBody, DirectBody>,
  Same<Doc.DeliveredBody, Admin.DeliveredBody>,
  Same<Doc.DisconnectedBody, Admin.DisconnectedBody>,
  Same<Doc.UnsubscribedBody, Admin.UnsubscribedBody>,
  Same<Doc.TopicEntry, Entries.TopicEntry>,
  Same<Doc.ConnectionEntry, Entries.ConnectionEntry>,
  Same<Doc.UserEntry, Entries.UserEntry>,
  Same<Doc.TopicsBody, Lists.TopicsBody>,
  Same<Doc.ConnectionsBody, Lists.ConnectionsBody>,
  Same<Doc.PresenceBody, PresenceBody>,
  Same<Doc.KeptPublication, KeptPublication>,
  Same<Doc.HistoryBody, HistoryBody>,
] = [true, true, true, true, true, true, true, true, true, true, true, true];
export type Actions = Same<keyof typeof RequestSchemas, "subscribe" | "unsubscribe" | "publish" | "authenticate" | "ping" | "history" | "presence">;
`;

function source(path: string): string {
  return JSON.stringify(join(ROOT, "src", path));
}

/** One line of a scenario, without its mark. */
interface Step {
  mark: "C" | "S" | "E" | "P" | "A" | "O";
  text: string;
}
interface Scenario {
  title: string;
  config: object | undefined;
  tokens: { name: string; seconds: number; claims: Record<string, unknown> }[];
  steps: Step[];
}

const scenarios = [...DOCUMENT.matchAll(/^### (\d+\. [^\n]*)\n[^`]*^```text\n(.*?)^```$/gms)].map(
  ([, title = "", text = ""]) => parseScenario(title, text),
);

function parseScenario(title: string, text: string): Scenario {
  const scenario: Scenario = { title, config: undefined, tokens: [], steps: [] };
  for (const line of text.trimEnd().split("\n")) {
    const [, times = "1", mark = "", seconds = "3600", rest = ""] =
      /^(?:(\d+) × )?(Config|T\d|[CSEPAO])(?: \((\d+) s\))?: (.*)$/.exec(line) ?? [];
    if (mark === "") throw new Error(`${title}: what is this line? ${line}`);
    if (mark === "Config") scenario.config = JSON.parse(rest);
    else if (mark.startsWith("T"))
      scenario.tokens.push({ name: mark, seconds: Number(seconds), claims: JSON.parse(rest) });
    else
      for (let at = 0; at < Number(times); at++)
        scenario.steps.push({ mark: mark as Step["mark"], text: rest });
  }
  return scenario;
}

/** A line of HTTP: what begins it, its headers in parentheses, its body. */
function parseHttp(text: string): { start: string; headers: [string, string][]; body: string } {
  const [, start = "", given = "", body = ""] =
    /^((?:[A-Z]+ \S+)|\d{3})(?: \((.*?)\))?(?: (.*))?$/.exec(text) ?? [];
  if (start === "") throw new Error(`This is no line of HTTP: ${text}`);
  const headers = given.split("; ").filter((header) => header !== "");
  return {
    start,
    body,
    headers: headers.map((header) => header.split(": ")).map(([name = "", value = ""]) => [name, value]),
  };
}

// Values that are another time's; their kind is compared.
const VARIABLE = new Set(
  "epoch time expires_at connection connected_at unsent_bytes after_ms retry_after_ms runtime uptime_s pid cpu_percent memory_mb uptime".split(
    " ",
  ),
);

function kinds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(kinds);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      VARIABLE.has(name) ? `some ${typeof field}` : kinds(field),
    ]),
  );
}

describe("PROTOCOL.md's examples of a client's messages", () => {
  test.each(scenarios)("decode, or are refused as it says: $title", ({ config = {}, steps }) => {
    const { json_depth } = parseConfig(config).limits;
    for (const [at, { mark, text }] of steps.entries()) {
      if (mark !== "C" || /^(GET |close |leaves$)/.test(text)) continue;
      const { error } = decode(text, json_depth);
      const answer = steps.slice(at).find((step) => step.mark === "S")?.text ?? "";
      if (error && !answer.includes("rate_limited")) expect(error).toEqual(JSON.parse(answer));
    }
  });
});

describe("PROTOCOL.md's scenarios, on a server", () => {
  let shared: Server | undefined;
  beforeAll(async () => {
    shared = await spawnServer(targets.bun);
  });
  afterAll(async () => {
    await shared?.[Symbol.asyncDispose]();
  });

  test("are numbered, and all that the document has", () => {
    expect(scenarios.map(({ title }) => Number.parseInt(title, 10))).toEqual(
      scenarios.map((_, at) => at + 1),
    );
    expect(scenarios).toHaveLength(blocksOf("text").length);
    expect(scenarios.length).toBeGreaterThan(0);
  });

  test.each(scenarios)("$title", async (scenario) => {
    const isOwn = scenario.config !== undefined || scenario.steps.some(({ mark }) => mark === "O");
    const { config = {} } = scenario;
    const server = isOwn || !shared ? await spawnServer(targets.bun, { config }) : shared;
    const play = new Play(server, await signed(scenario));
    try {
      for (const step of scenario.steps) await play.take(step);
      await play.end();
    } finally {
      play.close();
      if (server !== shared) await server[Symbol.asyncDispose]();
    }
  });
});

async function signed({ tokens }: Scenario): Promise<Map<string, string>> {
  const made = new Map<string, string>();
  for (const { name, seconds, claims } of tokens) {
    const exp = Math.floor(Date.now() / 1000) + seconds;
    made.set(`<${name}>`, await token({ topics: undefined, exp, ...claims }));
  }
  return made;
}

/** What an answer of the server is compared by. */
interface Answer {
  status: number;
  headers: { get(name: string): string | undefined };
  body: string;
}

/** Plays a scenario: does what the client, the publisher and the operator do, and compares what comes. */
class Play {
  readonly #server: Server;
  readonly #tokens: ReadonlyMap<string, string>;
  readonly #sockets: RawSocket[] = [];
  readonly #streams: EventStream[] = [];
  #upgrade: Answer | undefined;
  #published: Promise<Answer> | undefined;
  /** What stands in the document's scenarios for it is `k3v9`. */
  #epoch = "k3v9";
  #isClosed = false;

  constructor(server: Server, tokens: ReadonlyMap<string, string>) {
    this.#server = server;
    this.#tokens = tokens;
  }

  async take({ mark, text }: Step): Promise<void> {
    const filled = text
      .replace(/<T\d>/g, (name) => this.#tokens.get(name) ?? name)
      .replaceAll("k3v9", this.#epoch)
      .replaceAll("<ID>", this.#streams.at(-1)?.lastId ?? "");
    if (mark === "P") this.#published = this.#request(filled);
    else if (mark === "A") this.#compare(await this.#published, filled);
    else if (mark === "O") this.#server.signal(filled as NodeJS.Signals);
    else if (mark === "C") await this.#client(filled);
    else if (mark === "E") await this.#event(filled);
    else await this.#answer(filled);
  }

  /** Nothing may have come beyond what the scenario says: the next message is the reply to one more request. */
  async end(): Promise<void> {
    const socket = this.#sockets.at(-1);
    if (!socket || this.#isClosed) return;
    socket.send('{"action":"ping","id":"the end"}');
    expect(JSON.parse(await socket.next())).toMatchObject({ id: "the end" });
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    for (const { connection } of this.#streams) connection.reset();
  }

  get #socket(): RawSocket {
    const socket = this.#sockets.at(-1);
    if (!socket) throw new Error("No connection was opened");
    return socket;
  }

  async #client(text: string): Promise<void> {
    if (text.startsWith("GET /sse")) this.#upgrade = await this.#stream(text);
    else if (text === "leaves") this.#streams.at(-1)?.connection.reset();
    else if (text.startsWith("GET ")) this.#upgrade = await this.#connect(text);
    else if (text.startsWith("close ")) await this.#socket.close(Number(text.slice(6)));
    else this.#socket.send(text);
  }

  async #answer(text: string): Promise<void> {
    if (/^\d{3}\b/.test(text)) return compareAnswer(this.#upgrade, text);
    if (!text.startsWith("close ")) {
      const message = await this.#socket.next(5000);
      this.#noteEpoch(message);
      return expectSame(message, text);
    }
    this.#isClosed = true;
    const { code, reason } = await this.#socket.closed;
    expect(`close ${code} ${reason}`.trim()).toBe(text);
    expect(this.#socket.unread).toEqual([]);
  }

  /** An event's name, where it has one, and its data. */
  async #event(text: string): Promise<void> {
    const { event, data = "" } = (await this.#streams.at(-1)?.next()) ?? {};
    this.#noteEpoch(data);
    const [, name, json = ""] = /^(?:(\w+) )?(\{.*)$/.exec(text) ?? [];
    expect(event).toBe(name);
    expectSame(data, json);
  }

  #compare(answer: Answer | undefined, text: string): void {
    this.#noteEpoch(answer?.body ?? "");
    compareAnswer(answer, text);
  }

  #noteEpoch(text: string): void {
    this.#epoch = /"epoch":"(\w+)"/.exec(text)?.[1] ?? this.#epoch;
  }

  async #stream(text: string): Promise<Answer> {
    const { start, headers } = parseHttp(text);
    const answer = await askForStream(this.#server.url, start.slice("GET ".length), { headers });
    if ("status" in answer) return answer;
    this.#streams.push(answer);
    return { status: 200, headers: answer.headers, body: "" };
  }

  async #connect(text: string): Promise<Answer> {
    const { start, headers } = parseHttp(text);
    if (!headers.some(([name]) => name === "Upgrade")) return this.#request(text);
    const answer = await rawUpgrade(this.#server.url, { path: start.slice("GET ".length), headers });
    if (answer.upgraded) this.#sockets.push(answer.socket);
    return { body: "", ...answer };
  }

  async #request(text: string): Promise<Answer> {
    const { start, headers, body } = parseHttp(text);
    const [method = "", target = ""] = start.split(" ");
    return rawRequest(this.#server.url, { method, target, headers, body });
  }
}

function compareAnswer(answer: Answer | undefined, text: string): void {
  const { start, headers, body } = parseHttp(text);
  expect(`${answer?.status} ${answer?.body}`).toStartWith(start);
  for (const [name, value] of headers)
    expect(`${name}: ${answer?.headers.get(name)}`).toBe(`${name}: ${value}`);
  if (body === "") return;
  expectSame(answer?.body ?? "", body);
  const { status, code } = JSON.parse(body);
  if (status === "error") expect(answer?.headers.get("x-topichub-error")).toBe(code);
}

function expectSame(got: string, wanted: string): void {
  expect(kinds(JSON.parse(got))).toEqual(kinds(JSON.parse(wanted)));
}
