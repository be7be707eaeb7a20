import { describe, expect, test } from "bun:test";
import { connectRaw } from "../support/raw-connection.ts";
import { rawBytes } from "../support/raw-http.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Server } from "../support/spawn-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { oddHeads, oddPaths, PATHS, UPGRADE } from "./bad-heads.ts";
import { type Bystander, bystander } from "./bystander.ts";

/** RFC 9110 has 501 and 505 for methods and versions that nobody knows. */
const isRefusal = (status: number) => (status >= 400 && status < 500) || status === 501 || status === 505;

/** Longest that a server may think about a head that is whole, or that no one can take for a part of one. */
const DEADLINE_MS = 5000;

/** Heads of requests as nobody means them. */
export function heads(target: Target): void {
  const server = sharedServer(target);
  const whileUnharmed = async (harm: (witness: Bystander) => Promise<void>) => {
    await using witness = await bystander(server());
    await harm(witness);
    await witness.unharmed();
  };

  test("are refused or dropped, or taken for what they say, and never end anything else", () =>
    whileUnharmed(async () => {
      const wrong: unknown[] = [];
      for (const { name, bytes, takes } of oddHeads(await token())) {
        const statuses = await statusesOf(server(), name, bytes);
        const isRight = (status: number) => isRefusal(status) || takes.includes(status);
        if (!statuses.every(isRight)) wrong.push([name, statuses]);
      }
      expect(wrong).toEqual([]);
    }));

  test("with escapes in a path name what they name, and nothing of another path", () =>
    whileUnharmed(async (witness) => {
      const admin = await token({ sub: "admin", admin: true });
      for (const [method, before, after] of PATHS)
        for (const odd of oddPaths()) {
          const name = `${method} ${before}${odd.slice(0, 60)}${after}`;
          const head = `${method} ${before}${odd}${after} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${admin}\r\n`;
          const body = method === "POST" ? '{"data":1}' : "";
          const rest = `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
          for (const { status, json } of await answersOf(
            server(),
            name,
            Buffer.from(head + rest, "latin1"),
          )) {
            expect([name, status, status === 200 || isRefusal(status)]).toEqual([name, status, true]);
            if (status !== 200) continue;
            // Nobody has such a name, and no list is to be had in its place.
            const { delivered, disconnected = 0, unsubscribed = 0, users = [], topics, connections } = json;
            expect([name, delivered, disconnected, unsubscribed, users]).toEqual([name, undefined, 0, 0, []]);
            expect([name, topics, connections]).toEqual([name, undefined, undefined]);
          }
        }
      await witness.unharmed();
    }));

  describe("of several requests in one packet", () => {
    const get = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    const upgrade = async (path = "/ws") =>
      `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await token()}\r\n${UPGRADE}\r\n`;

    test("an upgrade behind a request is answered after it, or not at all", () =>
      whileUnharmed(async () => {
        const statuses = await statusesOf(server(), "GET, upgrade", Buffer.from(get + (await upgrade())));
        expect([[200], [200, 101], [200, 400]]).toContainEqual(statuses);
      }));

    test("what follows an upgrade is a frame of it, and never another request", () =>
      whileUnharmed(async () => {
        for (const second of [get, await upgrade(), "\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"]) {
          const statuses = await statusesOf(
            server(),
            `upgrade, ${second}`,
            Buffer.from((await upgrade()) + second),
          );
          expect([[101], [400], [400, 400], []]).toContainEqual(statuses);
        }
      }));
  });

  test("that break off anywhere, by a reset or an end, leave nothing behind", () =>
    whileUnharmed(async () => {
      const heads = [
        `GET /ws HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await token()}\r\n${UPGRADE}\r\n`,
        `GET /sse?topic=a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await token()}\r\n\r\n`,
      ];
      for (const head of heads)
        for (let part = 1; part <= 10; part++)
          for (const end of ["reset", "end"] as const) {
            const connection = await connectRaw(server());
            connection.write(head.slice(0, Math.ceil((head.length * part) / 10)));
            if (part % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
            connection[end]();
            if (end === "end") connection.socket.resume().setTimeout(50, () => connection.reset());
          }
    }));
}

interface Answer {
  status: number;
  json: Record<string, unknown>;
}

/** What is answered until the server closes, or has said something and then nothing more. */
async function answersOf(server: Server, name: string, bytes: Uint8Array): Promise<Answer[]> {
  const { text, closed } = await rawBytes(server, bytes, isWhole(bytes) ? DEADLINE_MS : 300);
  const answers = [...text.matchAll(/^HTTP\/1\.[01] (\d{3}) /gm)].map(({ 1: status, index }, at, all) => ({
    status: Number(status),
    json: jsonIn(text.slice(index, all[at + 1]?.index)),
  }));
  if (answers.length === 0 && !closed && isWhole(bytes)) throw new Error(`${name}: no answer and no end`);
  return answers;
}

async function statusesOf(server: Server, name: string, bytes: Uint8Array): Promise<number[]> {
  return (await answersOf(server, name, bytes)).map(({ status }) => status);
}

function jsonIn(text: string): Record<string, unknown> {
  const [, body = "{}"] = /\r\n\r\n(?:[0-9a-f]+\r\n)?(\{.*\})/s.exec(text) ?? [];
  return JSON.parse(body);
}

/** True where no server may wait for more. */
function isWhole(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).includes("Connection: close") && Buffer.from(bytes).includes("\r\n\r\n");
}
