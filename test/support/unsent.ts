import { expect } from "bun:test";
import { type Client, connect } from "./client.ts";
import { postJson } from "./http.ts";
import type { Server } from "./spawn-server.ts";
import { token } from "./token.ts";

/** For a server that holds a lot for a reader. */
export const UNSENT_LIMITS = { unsent_bytes: 2 ** 28, body_bytes: 2 ** 26, message_bytes: 2 ** 24 };
/** Twenty-four of a megabyte unless told. */
export interface Much {
  publications?: number;
  /** Of each. */
  bytes?: number;
}

/** Publishes more to the topic `x` than the kernels hold, by as many users: one alone would have to take its time. */
export async function publishMuch(server: Server, much: Much = {}): Promise<void> {
  const { publications = 24, bytes = 2 ** 20 } = much;
  const message = { topic: "x", data: "x".repeat(bytes) };
  const publish = async (_: unknown, at: number) => {
    const publisher = await token({ sub: `kim-${at}` });
    const { status } = await postJson(server, "/publish", message, { token: publisher, ms: 20_000 });
    expect(status).toBe(200);
  };
  await Promise.all(Array.from({ length: publications }, publish));
}

/** A client that is subscribed to the topic `x`, and reads nothing of what is published. */
export async function openStopped(server: Server): Promise<Client> {
  const client = await connect(server, { token: await token(), answersPings: false });
  await client.request({ action: "subscribe", topic: "x" });
  client.socket.pause();
  return client;
}
