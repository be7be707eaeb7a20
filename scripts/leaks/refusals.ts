import { connectRaw } from "../../test/support/raw-connection.ts";
import { type RawRequest, rawRequest, requestBytes } from "../../test/support/raw-http.ts";
import { rawUpgrade, type UpgradeOptions } from "../../test/support/raw-websocket.ts";
import type { Server } from "../../test/support/spawn-server.ts";
import { bearerOf, type Life } from "./churn.ts";

const PATIENCE = 20_000;
const BEARER = "Authorization";

function expectStatus(status: number, expected: number, name: string): void {
  if (status !== expected) throw new Error(`${name}: answered ${status}, not ${expected}`);
}

/** An upgrade that is refused with this status. */
export function refusedUpgrade(
  expected: number,
  optionsOf: (at: number) => UpgradeOptions | Promise<UpgradeOptions>,
): Life {
  return async (server, at) => {
    const answer = await rawUpgrade(server, { ms: PATIENCE, ...(await optionsOf(at)) });
    if (answer.upgraded) answer.socket.destroy();
    expectStatus(answer.status, expected, "an upgrade");
  };
}

function refusedRequest(expected: number, request: RawRequest, isSigned = true): Life {
  return async (server, at) => {
    const headers = [...(request.headers ?? []), ...(isSigned ? [[BEARER, await bearer(at)] as const] : [])];
    const { status } = await rawRequest(server, { ms: PATIENCE, ...request, headers });
    expectStatus(status, expected, `${request.method ?? "GET"} ${request.target}`);
  };
}

/** Sends some bytes and resets, without waiting for anything. */
function brokenOff(bytesOf: (server: Server, at: number) => Promise<Uint8Array>, ms = 0): Life {
  return async (server, at) => {
    const connection = await connectRaw(server, PATIENCE);
    connection.write(await bytesOf(server, at));
    // Until the kernel has them, or the server is in the middle of what it awaits.
    await new Promise((resolve) => setTimeout(resolve, ms));
    connection.reset();
  };
}

const bearer = async (at: number) => `Bearer ${await bearerOf(at)}`;

/** The bytes of a good upgrade. */
async function upgradeBytes(server: Server, at: number, target: string): Promise<Buffer> {
  return requestBytes(server, {
    target,
    headers: [
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Version", "13"],
      ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
      [BEARER, await bearer(at)],
    ],
  });
}

/** Somebody who is gone before an answer that takes its time, at random moments of it. */
export function goneWhileAwaited(target: string): Life {
  return (server, at) =>
    brokenOff((to, which) => upgradeBytes(to, which, target), (at * 37) % 200)(server, at);
}

async function publication(server: Server, at: number): Promise<Buffer> {
  const body = JSON.stringify({ topic: "news", data: "x".repeat(2000) });
  return requestBytes(server, {
    method: "POST",
    target: "/publish",
    headers: [[BEARER, await bearer(at)]],
    body,
  });
}

/** Whatever is refused before there is a connection, on a server where the user `full` has no places left. */
export function refusals(full: string): Record<string, Life> {
  const fullBearer = { [BEARER]: `Bearer ${full}` };
  const signed = async (at: number, more: object = {}) => ({
    headers: { [BEARER]: await bearer(at), ...more },
  });
  return {
    "no upgrade": refusedRequest(426, { target: "/ws" }),
    "bad subprotocol": refusedUpgrade(400, async (at) => ({
      ...(await signed(at)),
      protocols: ["graphql-ws"],
    })),
    "foreign origin": refusedUpgrade(403, (at) => signed(at, { Origin: "https://elsewhere.example" })),
    "no token": refusedUpgrade(401, () => ({})),
    "bad token": refusedUpgrade(401, () => ({ headers: { [BEARER]: "Bearer a.b.c" } })),
    "user's limit": refusedUpgrade(429, () => ({ headers: fullBearer })),
    "RST before the answer": brokenOff((server, at) => upgradeBytes(server, at, "/ws")),
    "RST in the request": brokenOff(async (server, at) =>
      (await upgradeBytes(server, at, "/ws")).subarray(0, 90),
    ),
    "RST in a body": brokenOff(async (server, at) => (await publication(server, at)).subarray(0, -1000)),
    "RST before a publication's answer": brokenOff(publication),
    "stream without a token": refusedRequest(401, { target: "/sse?topic=news" }, false),
    "stream of nothing": refusedRequest(400, { target: "/sse" }),
    "stream, user's limit": refusedRequest(
      429,
      { target: "/sse?topic=news", headers: Object.entries(fullBearer) },
      false,
    ),
    "RST before a stream": brokenOff(async (server, at) =>
      requestBytes(server, { target: "/sse?topic=news", headers: [[BEARER, await bearer(at)]] }),
    ),
    "bad publication": refusedRequest(400, { method: "POST", target: "/publish", body: "{" }),
    "unknown route": refusedRequest(404, { target: "/nowhere" }),
  };
}

/** Whatever a server answers 503 that has no place left, or stops. */
export const unavailable: Record<string, Life> = {
  upgrade: refusedUpgrade(503, async (at) => ({ headers: { [BEARER]: await bearer(at) } })),
  stream: refusedRequest(503, { target: "/sse?topic=news" }),
  "RST before the answer": brokenOff((server, at) => upgradeBytes(server, at, "/ws")),
};
