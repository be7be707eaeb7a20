import { describe, expect, test } from "bun:test";
import { openSocket, type RawSocket, rawUpgrade } from "../support/raw-websocket.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Server } from "../support/spawn-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { encodeFrame, type FrameOptions, Opcode } from "../support/ws-frames.ts";
import { brokenFrames, brokenUtf8, closesThatAreNone, closesToAnswer } from "./bad-frames.ts";
import { bystander } from "./bystander.ts";

const DEADLINE_MS = 5000;
/** How a platform answers a broken frame, or drops the connection. */
const BROKEN = new Set([1002, 1003, 1006, 1007, 1009]);
const CONTINUED: FrameOptions = { opcode: Opcode.Continuation };

/** Frames as RFC 6455 has them, and as it has them not. */
export function frames(target: Target): void {
  const server = sharedServer(target, { config: { limits: { connections_per_user: 100 } } });
  const { refusesUnmaskedFrames, acceptsPipelinedFrames } = target.capabilities;
  const headersOf = async () => ({ Authorization: `Bearer ${await token()}` });
  const open = async () => openSocket(server(), { headers: await headersOf() });

  /** Sends what is broken, and a good message behind it: the connection ends, and nothing is answered. */
  async function endsAt(name: string, bytes: Uint8Array): Promise<void> {
    const socket = await open();
    socket.sendBytes(Buffer.concat([bytes, encodeFrame('{"action":"ping","id":"behind it"}')]));
    const { code } = await ended(name, socket);
    expect([name, code, BROKEN.has(code)]).toEqual([name, code, true]);
    expect([name, socket.unread.filter((text) => text.includes("behind it"))]).toEqual([name, []]);
    socket.destroy();
  }

  test("what is no frame, or not in its place, ends the connection and is answered to nobody", () =>
    whileUnharmed(server(), async () => {
      const cases = brokenFrames().filter(({ isTaken }) => refusesUnmaskedFrames || !isTaken);
      for (const { name, bytes } of cases) await endsAt(name, bytes);
      for (const { name, bytes } of closesThatAreNone()) await endsAt(name, bytes);
    }));

  test("text that is not UTF-8 ends it too, wherever it is cut", () =>
    whileUnharmed(server(), async () => {
      for (const { name, bytes } of brokenUtf8()) {
        await endsAt(name, encodeFrame(bytes));
        for (let at = 1; at < bytes.length; at++) await endsAt(`${name}, cut at ${at}`, inTwo(bytes, at));
      }
    }));

  test("text arrives whole, at whatever byte its fragments and its packets end", () =>
    whileUnharmed(server(), async () => {
      await using socket = await open();
      const data = "é主😀\u0000\u{10ffff}";
      const message = Buffer.from(JSON.stringify({ action: "publish", topic: "echo", data }));
      socket.send('{"action":"subscribe","topic":"echo"}');
      await socket.next();
      const start = message.indexOf("é");
      for (let at = start; at < message.length; at++) {
        socket.sendBytes(inTwo(message, at));
        expect([at, JSON.parse(await socket.next()).data]).toEqual([at, data]);
        expect(JSON.parse(await socket.next()).status).toBe("success");
      }
      const bytes = encodeFrame(message, { mask: new Uint8Array(4) });
      for (const byte of bytes) {
        socket.sendBytes(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
      expect(JSON.parse(await socket.next()).data).toBe(data);
      expect(JSON.parse(await socket.next()).status).toBe("success");
    }));

  test("pings, and a thousand empty fragments, may stand between two parts of a message", () =>
    whileUnharmed(server(), async () => {
      await using socket = await open();
      const text = '{"action":"ping","id":1}';
      socket.sendFrame(text.slice(0, 9), { fin: false });
      for (const size of [0, 1, 125]) {
        socket.ping("p".repeat(size));
        expect(await socket.nextControl()).toMatchObject({ kind: "pong", payload: Buffer.alloc(size, "p") });
      }
      socket.sendFrame("unasked", { opcode: Opcode.Pong });
      for (let at = 0; at < 1000; at++) socket.sendFrame("", { ...CONTINUED, fin: false });
      socket.sendFrame(text.slice(9), CONTINUED);
      expect(JSON.parse(await socket.next())).toMatchObject({ message: "pong", id: 1 });
    }));

  test("a close is answered, whatever it says, and nothing after it is looked at", () =>
    whileUnharmed(server(), async () => {
      await using other = await open();
      other.send('{"action":"subscribe","topic":"after"}');
      await other.next();
      for (const { name, payload } of closesToAnswer()) {
        const socket = await open();
        const late = encodeFrame('{"action":"publish","topic":"after","data":1}');
        socket.sendBytes(Buffer.concat([encodeFrame(payload, { opcode: Opcode.Close }), late]));
        const { code } = await ended(name, socket);
        expect([name, code, [codeOf(payload), 1000, 1006].includes(code)]).toEqual([name, code, true]);
        socket.destroy();
      }
      other.send('{"action":"ping"}');
      expect(JSON.parse(await other.next())).toMatchObject({ message: "pong" });
    }));

  describe("sent with the request for the upgrade", () => {
    const ping = encodeFrame('{"action":"ping","id":"early"}');
    const upgrade = async (extraBytes: Uint8Array) =>
      rawUpgrade(server(), { headers: await headersOf(), extraBytes });

    test("a good frame is answered, or the request refused", () =>
      whileUnharmed(server(), async () => {
        for (const count of [1, 200]) {
          const answer = await upgrade(Buffer.concat(Array.from({ length: count }, () => ping)));
          if (!answer.upgraded) expect([acceptsPipelinedFrames, answer.status]).toEqual([false, 400]);
          else expect(JSON.parse(await answer.socket.next())).toMatchObject({ id: "early" });
          if (answer.upgraded) answer.socket.destroy();
        }
      }));

    test("half a frame waits for its other half, and a broken one ends the connection", () =>
      whileUnharmed(server(), async () => {
        const half = await upgrade(ping.subarray(0, 9));
        if (half.upgraded) {
          half.socket.sendBytes(ping.subarray(9));
          expect(JSON.parse(await half.socket.next())).toMatchObject({ id: "early" });
          half.socket.destroy();
        } else expect([acceptsPipelinedFrames, half.status]).toEqual([false, 400]);
        const broken = await upgrade(encodeFrame("x", { rsv: 7 })).catch(() => undefined);
        if (!broken?.upgraded) return;
        expect((await ended("a broken frame", broken.socket)).code).toBeOneOf([1002, 1006]);
        broken.socket.destroy();
      }));
  });
}

async function whileUnharmed(server: Server, harm: () => Promise<void>): Promise<void> {
  await using witness = await bystander(server);
  await harm();
  await witness.unharmed();
}

async function ended(name: string, socket: RawSocket, ms = DEADLINE_MS) {
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error(`${name}: open after ${ms} ms`)), ms).unref(),
  );
  return Promise.race([socket.closed, late]);
}

/** A message in two fragments. */
function inTwo(bytes: Uint8Array, at: number): Buffer {
  const [first, second] = [bytes.subarray(0, at), bytes.subarray(at)];
  return Buffer.concat([encodeFrame(first, { fin: false }), encodeFrame(second, CONTINUED)]);
}

function codeOf(payload: Buffer): number {
  return payload.length === 0 ? 1005 : payload.readUInt16BE(0);
}
