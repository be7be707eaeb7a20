import { expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { isLate } from "../support/deadline.ts";
import { residentBytes, watchMemory } from "../support/memory.ts";
import { openSocket, type RawSocket } from "../support/raw-websocket.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { encodeFrame, type FrameOptions, Opcode } from "../support/ws-frames.ts";
import { bystander } from "./bystander.ts";

const config = { limits: { connections_per_user: 1000 } };
const FRAMES = 20_000;
const PATIENCE = 20_000;
// What they send and get is 3 MB each way, and runtimes grew by up to 6 MB, of their own accord.
const GROWTH = 16e6;
const LAST = '{"action":"ping","id":"last"}';

const many = (count: number, payload: string, options: FrameOptions = {}) =>
  Buffer.concat(Array(count).fill(encodeFrame(payload, options)));

/** Frames that each cost little, in numbers: they are taken for what they are, and nobody pays for them. */
export function frameFloods(target: Target): void {
  const server = sharedServer(target, { config });
  const open = async () =>
    openSocket(server(), { headers: { Authorization: `Bearer ${await token({ sub: "flood" })}` } });

  /** Fails where the process grew by as much as `bytes` at any moment, or where somebody else felt it. */
  const harmless = async (bytes: number, flood: () => Promise<void>) => {
    await using beside = await bystander(server());
    const before = residentBytes(server().pid);
    const stop = watchMemory(server().pid);
    try {
      await Promise.all([flood(), beside.unharmed()]);
    } finally {
      expect(stop().most - before).toBeLessThan(bytes);
    }
    await beside.unharmed();
  };

  /** The answer to the last message, or the code of the close that came before it. */
  const fateOf = async (socket: RawSocket): Promise<string | number> => {
    const answer = await socket.next(PATIENCE).catch((error: unknown) => {
      if (isLate(error)) throw error;
    });
    return answer === undefined ? (await socket.closed).code : JSON.parse(answer).id;
  };

  test("of pings are answered, or end who sent them", () =>
    harmless(GROWTH, async () => {
      await using socket = await open();
      socket.sendBytes(many(FRAMES, "x".repeat(125), { opcode: Opcode.Ping }));
      socket.send(LAST);
      // `ws` drops who has sixty pongs coming.
      expect(["last", 1006]).toContain(await fateOf(socket));
    }));

  test("of pongs that nobody asked for are passed over", () =>
    harmless(GROWTH, async () => {
      await using socket = await open();
      socket.sendBytes(many(FRAMES, "x".repeat(125), { opcode: Opcode.Pong }));
      socket.send(LAST);
      expect(await fateOf(socket)).toBe("last");
    }));

  test("of texts that are empty end who sent them", () =>
    harmless(GROWTH, async () => {
      await using socket = await open();
      socket.sendBytes(many(FRAMES, ""));
      const { code } = await socket.closed;
      // Where what is unread at the end resets the connection, the reset may overtake the close.
      expect([4500, 1006]).toContain(code);
      expect(socket.unread.length).toBeLessThanOrEqual(20);
    }));

  test("of pings, whose pongs nobody reads, wait or end who sent them", () =>
    harmless(3 * GROWTH, async () => {
      await using first = await open();
      const others = await Promise.all([1, 2, 3, 4, 5].map(open));
      const pings = many(60_000, "x".repeat(125), { opcode: Opcode.Ping });
      for (const socket of [first, ...others]) {
        socket.pause();
        socket.sendBytes(pings);
      }
      for (const socket of others) for (let more = 0; more < 2; more++) socket.sendBytes(pings);
      // So many turns are enough to read all of it.
      await using other = await connect(server(), { token: await token({ sub: "other" }) });
      for (let turn = 0; turn < 100; turn++) await other.request({ action: "ping" }, PATIENCE);
      for (const socket of others) socket.destroy();
      first.resume();
      first.send(LAST);
      expect(["last", 1006]).toContain(await fateOf(first));
    }));
}
