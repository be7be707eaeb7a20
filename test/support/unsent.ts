import { expect } from "bun:test";
import { type Client, connect } from "./client.ts";
import { postJson } from "./http.ts";
import type { Server } from "./spawn-server.ts";
import { token } from "./token.ts";

/** For a server that holds a lot for a reader. */
export const UNSENT_LIMITS = { unsent_bytes: 2 ** 28, body_bytes: 2 ** 26, message_bytes: 2 ** 24 };
/** How many publications `publishMuch` makes, and the data of each. */
export const PUBLICATIONS = 24;
export const DATA = "x".repeat(2 ** 20);

/** Publishes more to the topic `x` than the kernels hold. */
export async function publishMuch(server: Server): Promise<void> {
  const messages = Array.from({ length: PUBLICATIONS }, () => ({ topic: "x", data: DATA }));
  const publisher = await token({ sub: "kim" });
  const { status } = await postJson(server, "/publish", { messages }, { token: publisher, ms: 20_000 });
  expect(status).toBe(200);
}

/** A client that is subscribed to the topic `x`, and reads nothing of what is published. */
export async function openStopped(server: Server): Promise<Client> {
  const client = await connect(server, { token: await token(), answersPings: false });
  await client.request({ action: "subscribe", topic: "x" });
  client.socket.pause();
  return client;
}
