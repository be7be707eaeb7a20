import { type Client, connect } from "../../test/support/client.ts";
import { within } from "../../test/support/deadline.ts";
import { getJson, postJson } from "../../test/support/http.ts";
import type { Server } from "../../test/support/spawn-server.ts";
import { bearerOf } from "./churn.ts";

const PATIENCE = 20_000;
/** Topics that one connection brings into the world. */
export const TOPICS_A_LIFE = 50;

/** With a history that only the number of kept topics bounds, with one that soon expires, and without. */
const KINDS = ["kept", "brief", "plain"];
let made = 0;

/** Subscribes to topics and patterns that nobody knew, publishes to them, and leaves them in more than one way. */
export async function abandonTopics(server: Server, at: number): Promise<void> {
  const bearer = await bearerOf(at);
  const kind = KINDS[at % KINDS.length];
  const topics = Array.from({ length: TOPICS_A_LIFE }, () => `${kind}:${++made}`);
  const client = await connect(server, { token: bearer, ms: PATIENCE });
  const half = topics.slice(topics.length / 2);
  await asked(client, { action: "subscribe", topics });
  await asked(client, { action: "subscribe", topics: half.map((topic) => `${topic}:*`) });
  const messages = topics.map((topic) => ({ topic, data: topic }));
  const { status, text } = await postJson(server, "/publish", { messages }, { token: bearer, ms: PATIENCE });
  if (status !== 200) throw new Error(`a batch was answered ${status}: ${text}`);
  for (let number = 0; number < messages.length; number++) await client.next(PATIENCE);
  await asked(client, { action: "unsubscribe", topics: half });
  // To ask for what is not there brings nothing into the world.
  await asked(client, { action: "presence", topic: `unknown:${made}` });
  await getJson(server, `/topics/kept:unknown-${made}/history`, { token: bearer, ms: PATIENCE });
  if (at % 2 === 0) await client.socket.close(1000, undefined, PATIENCE);
  client.socket.destroy();
  await within(client.socket.ended, PATIENCE, "the end of a connection");
}

async function asked(client: Client, message: object): Promise<void> {
  const reply = await client.request(message, PATIENCE);
  if (reply.status !== "success") throw new Error(`answered ${JSON.stringify(reply)}`);
}
