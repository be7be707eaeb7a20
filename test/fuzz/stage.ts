import { connect } from "../support/client.ts";
import type { Counts } from "../support/counts.ts";
import type { RawSocket } from "../support/raw-socket.ts";
import { openSocket } from "../support/raw-websocket.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import type { Target } from "../support/targets.ts";
import { type Person, people } from "./people.ts";
import { startWatch, type Watch } from "./watch.ts";

/** Longer than a busy machine takes for anything that a server owes. */
export const PATIENCE = 15_000;

/** Where inputs are played: a server, and whoever watches over it. */
export interface Stage extends AsyncDisposable {
  server: Server;
  target: Target;
  /** Whether requests are refused for coming too fast. */
  hasDefaultRates: boolean;
  /** Of the server's histories. */
  epoch: string;
  counts: Counts;
  watch: Watch;
}

export interface StageOptions {
  target: Target;
  hasDefaultRates: boolean;
  counts: Counts;
}

const rates = { messages_per_second: 1_000_000, message_burst: 1_000_000 };
const topics = [
  { match: "canary", history: { size: 16, ttl_s: 3600 } },
  { match: "event:*", history: { size: 64, ttl_s: 60 } },
  { match: "now:*", history: { size: 1, ttl_s: 60 }, slow: "latest" },
];

/** Starts a server of its own. What it keeps is limited, so that what it leaks is seen beside that. */
export async function openStage({ target, hasDefaultRates, counts }: StageOptions): Promise<Stage> {
  const limits = { kept_topics: 2000, kept_bytes: 2 ** 24, idempotency_keys: 1000 };
  const config = { topics, limits: { ...limits, ...(hasDefaultRates ? {} : rates) } };
  const server = await spawnServer(target, { config, env: { LOG_LEVEL: "warn" } });
  try {
    const [watch, epoch] = await Promise.all([startWatch(server), epochOf(server)]);
    const dispose = async () => {
      await watch[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    };
    return { server, target, hasDefaultRates, epoch, counts, watch, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

async function epochOf(server: Server): Promise<string> {
  await using client = await connect(server, { token: people[0]?.token });
  return String((await client.request({ action: "subscribe", topic: "event:1" })).epoch);
}

/** A connection of somebody, with the subprotocol or without. */
export function openFor({ server }: Stage, { token }: Person, hasSubprotocol: boolean): Promise<RawSocket> {
  const headers = { Authorization: `Bearer ${token}` };
  return openSocket(server, { headers, protocols: hasSubprotocol ? ["topichub.v1"] : [], ms: PATIENCE });
}
