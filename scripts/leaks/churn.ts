import { type Client, connect } from "../../test/support/client.ts";
import { within } from "../../test/support/deadline.ts";
import { type EventStream, openStream } from "../../test/support/event-stream.ts";
import { deleteJson } from "../../test/support/http.ts";
import type { Server } from "../../test/support/spawn-server.ts";
import { token } from "../../test/support/token.ts";
import { encodeFrame } from "../../test/support/ws-frames.ts";

/** One connection from its opening to its end. */
export type Life = (server: Server, at: number) => Promise<void>;

const PATIENCE = 20_000;
const USERS = 50;

const bearers = Promise.all(
  Array.from({ length: USERS }, (_, at) => token({ sub: `user-${at}`, exp: later() })),
);
const operator = token({ sub: "operator", admin: true, exp: later() });

/** A run may be longer than tokens for tests live. */
export function later(): number {
  return Math.floor(Date.now() / 1000) + 86_400;
}

/** One of the users that come and go. */
export async function bearerOf(at: number): Promise<string> {
  return (await bearers)[at % USERS] ?? "";
}

const topicOf = (at: number) => `kept:${at % 20}`;

/** A life on a WebSocket that is subscribed to a topic and a pattern. */
function subscribed(live: (client: Client, at: number, server: Server) => Promise<unknown> | unknown): Life {
  return async (server, at) => {
    const client = await connect(server, { token: await bearerOf(at), awaitsWelcome: false, ms: PATIENCE });
    await client.request(
      { action: "subscribe", topics: [topicOf(at), `kept:${at % 10}*`, "news"] },
      PATIENCE,
    );
    await live(client, at, server);
    await gone(client);
  };
}

/** Waits for the server's end of it. */
async function gone({ socket }: Client): Promise<void> {
  await within(socket.ended, PATIENCE, "the end of a connection");
}

/** What of a message is sent before its sender goes. */
function half({ socket }: Client): void {
  const frame = encodeFrame(JSON.stringify({ action: "publish", topic: "news", data: "x".repeat(500) }));
  socket.sendBytes(frame.subarray(0, 100));
}

function streamed(leave: (stream: EventStream) => void): Life {
  return async (server, at) => {
    const options = { token: await bearerOf(at), ms: PATIENCE };
    const stream = await openStream(server, [topicOf(at), "kept:*"], options);
    await stream.next(PATIENCE);
    leave(stream);
    await within(stream.connection.ended, PATIENCE, "the end of a stream");
  };
}

/** How connections end, by who ends them and in the middle of what. */
export const lives: Record<string, Life> = {
  "closed in order": subscribed((client) => client.socket.close(1000, undefined, PATIENCE)),
  FIN: subscribed(({ socket }) => socket.end()),
  RST: subscribed(({ socket }) => socket.destroy()),
  "FIN in a message": subscribed((client) => {
    half(client);
    client.socket.end();
  }),
  "RST in a message": subscribed((client) => {
    half(client);
    client.socket.destroy();
  }),
  "RST before a reply": subscribed((client, at) => {
    client.send({ action: "subscribe", topic: `other:${at}` });
    client.send({ action: "presence", topic: "news" });
    client.socket.destroy();
  }),
  "RST in a replay": subscribed(async (client, at) => {
    const topic = topicOf(at);
    for (let data = 0; data < 3; data++) client.send({ action: "publish", topic, data });
    const { epoch, offset = 0 } = await client.request({ action: "publish", topic, data: 3 }, PATIENCE);
    const since = { epoch, offset: Math.max(0, offset - 4) };
    client.send({ action: "subscribe", topics: [{ topic, since }] });
    client.socket.destroy();
  }),
  "closed after a keyed publication": subscribed(async (client, at) => {
    const key = `${at}-${performance.now()}`;
    await client.request({ action: "publish", topic: topicOf(at), data: at, idempotency_key: key }, PATIENCE);
    await client.socket.close(1000, undefined, PATIENCE);
  }),
  "too large a message": subscribed((client) => client.send("x".repeat(70_000))),
  "twenty that are invalid": subscribed((client) => {
    for (let sent = 0; sent < 20; sent++) client.send("{}");
  }),
  "disconnected by an operator": subscribed(async (client, _, server) => {
    await client.nextMatching(({ type }) => type === "welcome", PATIENCE);
    const options = { token: await operator, ms: PATIENCE };
    await deleteJson(server, `/connections/${client.welcome?.connection}`, options);
  }),
  "stream, RST": streamed(({ connection }) => connection.reset()),
  "stream, FIN": streamed(({ connection }) => connection.end()),
};

/** A life of somebody who does not say who it is before the upgrade. */
function strange(live: (client: Client, at: number) => Promise<unknown> | unknown): Life {
  return async (server, at) => {
    const client = await connect(server, { awaitsWelcome: false, ms: PATIENCE });
    await live(client, at);
    await gone(client);
  };
}

/** How they end who are to sign in by their first message. */
export const strangers: Record<string, Life> = {
  "unknown, closed in order": strange((client) => client.socket.close(1000, undefined, PATIENCE)),
  "unknown, FIN": strange(({ socket }) => socket.end()),
  "unknown, RST": strange(({ socket }) => socket.destroy()),
  "unknown, silent": strange(({ socket }, at) => {
    // It takes the whole time for a first message, so that only few do.
    if (at % 10 > 0) socket.destroy();
  }),
  "unknown, another message": strange((client) => client.send({ action: "ping" })),
  "unknown, a bad token": strange((client) => client.send({ action: "authenticate", token: "a.b.c" })),
  "unknown, RST while verified": strange(async (client) => {
    client.send({ action: "authenticate", token: await bearerOf(0) });
    client.send({ action: "subscribe", topic: "news" });
    client.socket.destroy();
  }),
  "signed in, RST": strange(async (client) => {
    await client.request({ action: "authenticate", token: await bearerOf(0) }, PATIENCE);
    client.socket.destroy();
  }),
};
