import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import pkg from "../../package.json" with { type: "json" };
import { scratchFolder } from "../support/guard.ts";
import { ROOT } from "../support/targets.ts";

setDefaultTimeout(60_000);

const words = (text: string) => text.trim().split(/\s+/);

/** Every name that the package exports, values first: a change of the surface is a change here. */
const SURFACE: Record<string, { values: string[]; types: string[] }> = {
  ".": {
    values: ["CloseCode", "ConfigError", "TopicHub", "VERSION", "defineTopics", "isGranted", "topicRoutes"],
    types: words(`
      AllowedOrigins Authorize AuthorizeOption Broker BrokerFactory BrokerSettings BrokerSink
      CatalogueOptions CheckedSelector Clock ConfigInput Confirmed ConnectOptions Connection
      ConnectionEntry ConnectionsBody DataOf DeliveredBody DirectBody DisconnectedBody DrainTimes
      Envelope ErrorBody ErrorCode ErrorStage Extent ExtraRoute Grants HealthBody HeartbeatTimes
      History HistoryBody HistoryFields HistoryQuery HistoryRule HubHooks Kept KeptLimits
      KeptPublication KeyOption Listener Message OutputOf Page PageQuery ParameterOf ParametersOf
      PatternPosition Position PresenceBody Principal PublicKeyAlgorithm Publication PublicationOf
      PublishBody PublishMessage PublishOptions Published PublishedBody Runtime SchemaFault
      SchemaResult SecretAlgorithm SelectedBy Selection SelectorOf Since SocketEvents SocketOptions
      StandardSchema Standing Subscribed TopicAndData TopicCatalogue TopicEntry TopicEvent
      TopicEventListener TopicHistory TopicHubOptions TopicOf TopicOfKey TopicRoutes
      TopicRoutesOptions TopicRuleInput TopicSchemas TopicsBody Transport UnsubscribedBody
      UpgradeSettings UserEntry Wanted
    `),
  },
  "./node": { values: ["createServer", "node"], types: ["Fetch"] },
  "./node-ws": { values: ["nodeWs"], types: ["HubWebSocket", "NodeWebSocket", "NodeWsOptions"] },
  "./bun": { values: ["bun", "websocket"], types: [] },
  "./deno": { values: ["deno"], types: [] },
  "./bedrock": {
    values: [
      ...[
        "EVENT_NAMES",
        "TaskRunner",
        "bedrockTopics",
        "eventsOf",
        "isEventName",
        "isTaskTopic",
        "publishEvent",
      ],
      ...["startLogTail", "startResourceMonitor", "topicType"],
    ],
    types: [
      ...["AnyFunction", "DirectHub", "DirectMessage", "EventName", "EventPair", "EventsOptions", "LogTail"],
      ...["LogTailOptions", "MonitoredServer", "OnError", "ProcessInfo", "ProducerHub", "PublishingHub"],
      ...["ResourceMonitor", "ResourceMonitorOptions", "ResourceUpdate", "Task", "TaskContext"],
      ...["TaskFunction", "TaskRunnerOptions", "TaskUpdate", "TellOptions", "WithEvents"],
    ],
  },
  "./client": {
    values: ["TopicError", "connect"],
    types: words(`
      ClientClock ClientEvents ClientHistory ClientOptions ClientPosition ClientPresence ClientPublishOptions
      ClientPublished ClientSocket ClientSocketConstructor ClientState DirectMessage Message MessageOf SubscribeOptions
      Subscribed Subscription TopicClient
    `),
  },
  "./testing": {
    values: ["ManualClock", "TestTransport", "UpgradeRefusedError", "createTestNetwork"],
    types: [
      ...["ClientData", "Faults", "TestApp", "TestClient", "TestClose", "TestCloseEvent", "TestConnection"],
      ...["TestConnectOptions", "TestMessage", "TestNetwork", "TestWebSocket", "TestWebSocketConstructor"],
    ],
  },
};

/** What the program takes of a module, and its declarations do not tell. */
const INTERNAL: Record<string, string[]> = {
  "./node": ["listen"],
  "./bun": ["listen"],
  "./deno": ["listen"],
};

/** Names that only compute a type, which an editor shows in full. */
const COMPUTED = [
  "ConfigInput names ConfigSchema",
  "DataOf names InputsOf",
  "DataOf names KeyOf",
  "MessageOf names MessageOfEach",
  "OutputOf names KeyOf",
  "OutputOf names OutputsOf",
  "ProcessInfo names Figures",
  "PublicKeyAlgorithm names PUBLIC_KEY_ALGORITHMS",
  "PublicationOf names PublicationOfEach",
  "ResourceUpdate names ResourceUpdateData",
  "SecretAlgorithm names SECRET_ALGORITHMS",
  "SelectedBy names IsUntyped",
  "SelectedBy names KeyIn",
  "SelectedBy names OfKeys",
  "SelectedBy names SelectedKeys",
  "TaskUpdate names TaskUpdateData",
  "TellOptions names FieldOf",
  "TopicOf names KeyIn",
  "TopicRoutes names ExtraSchema",
  "TopicRoutes names Schema",
];

interface Module {
  names: string[];
  undocumented: string[];
  forgotten: string[];
}

const { "./package.json": _, ...modules } = pkg.exports;
let declared: Record<string, Module>;

beforeAll(() => {
  const config = join(scratchFolder(), "tsconfig.json");
  const files = Object.values(modules).map(({ types }) => join(ROOT, types));
  const typeRoots = [join(ROOT, "node_modules/@types")];
  const options = { extends: join(ROOT, "tsconfig.json"), compilerOptions: { typeRoots }, include: [] };
  writeFileSync(config, JSON.stringify({ ...options, files }));
  const args = [join(ROOT, "test/support/public-surface.mjs"), config, join(ROOT, "dist/")];
  const { stdout, stderr, status } = spawnSync("node", args, { encoding: "utf8", timeout: 60_000 });
  if (status !== 0) throw new Error(stderr);
  const found: (Module & { path: string })[] = JSON.parse(stdout);
  declared = Object.fromEntries(
    Object.entries(modules).map(([name, { types }]) => [name, moduleAt(found, types)]),
  );
});

function moduleAt(found: (Module & { path: string })[], types: string): Module {
  const module = found.find(({ path }) => path === join(ROOT, types));
  if (!module) throw new Error(`TypeScript tells nothing of ${types}`);
  return module;
}

/** What a module exports at run time; `topichub/deno` is told by Deno, without which it cannot be imported. */
async function valuesOf(name: string): Promise<string[]> {
  const [, conditions] = Object.entries(modules).find(([module]) => module === name) ?? [];
  const types = conditions?.types ?? "";
  const path = join(ROOT, types.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts"));
  if (name !== "./deno") return Object.keys(await import(path)).sort();
  const code = `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(path)}))))`;
  const args = ["eval", "--config", join(ROOT, "deno.json"), code];
  const { stdout } = spawnSync(join(ROOT, "node_modules/deno/deno"), args, { encoding: "utf8" });
  return JSON.parse(stdout).sort();
}

describe("the public surface", () => {
  test("is that of the package's exports", () => {
    expect(Object.keys(modules)).toEqual(Object.keys(SURFACE));
  });

  for (const [name, { values, types }] of Object.entries(SURFACE)) {
    test(`of ${name} has these names and no other`, () => {
      expect(declared[name]?.names).toEqual([...values, ...types].sort());
    });

    test(`of ${name} has these values`, async () => {
      expect(await valuesOf(name)).toEqual([...values, ...(INTERNAL[name] ?? [])].sort());
    });

    test(`of ${name} is documented`, () => {
      expect(declared[name]?.undocumented).toEqual([]);
    });
  }

  test("names no type of ours that it does not export", () => {
    const forgotten = Object.values(declared).flatMap((module) => module.forgotten);
    expect([...new Set(forgotten)].sort()).toEqual(COMPUTED);
  });
});
