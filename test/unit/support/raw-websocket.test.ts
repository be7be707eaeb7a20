import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually, within } from "../../support/deadline.ts";
import { openSocket, rawUpgrade } from "../../support/raw-websocket.ts";
import { type Server, spawnServer } from "../../support/spawn-server.ts";
import { closePayload, encodeFrame, Opcode } from "../../support/ws-frames.ts";

const program = new URL("ws-server.mjs", import.meta.url).pathname;
let server: Server;
beforeAll(async () => {
  server = await spawnServer({ command: ["node", program] });
});
afterAll(async () => {
  expect(await server.stop("SIGTERM")).toEqual({ code: null, signal: "SIGTERM" });
});

describe("a raw socket to ws on Node", () => {
  test("sends fragments and gets them, answering the ping between", async () => {
    await using socket = await openSocket(server);
    socket.sendFrame("frag", { fin: false });
    socket.sendFrame("ments", { opcode: Opcode.Continuation });
    expect(await socket.next()).toBe("one message");
    expect(await socket.nextControl()).toEqual({ kind: "ping", payload: Buffer.from("between") });
    expect(await socket.next()).toBe("pong between");
  });

  test("leaves a ping unanswered when told", async () => {
    await using socket = await openSocket(server, { answersPings: false });
    socket.send("fragments");
    socket.send("after");
    expect([await socket.next(), await socket.next()]).toEqual(["one message", "after"]);
    expect(socket.unread).toEqual([]);
  });

  test("sees the close code, and that nothing comes any more", async () => {
    await using socket = await openSocket(server);
    socket.send("close 4100");
    const pending = socket.next();
    expect(await socket.closed).toEqual({ code: 4100, reason: "as told" });
    await expect(pending).rejects.toThrow("closed with 4100");
    await expect(socket.next()).rejects.toThrow("closed with 4100");
    expect(await socket.ended).toBe("end");
    await eventually(() => server.stderr().includes("closed 4100"), 1000, "the server's word of it");
  });

  test("closes with a code of its own", async () => {
    const socket = await openSocket(server);
    expect(await socket.close(3999, "bye")).toEqual({ code: 3999, reason: "bye" });
    await eventually(() => server.stderr().includes("closed 3999"), 1000, "the server's word of it");
  });

  test("is told of a broken frame", async () => {
    await using socket = await openSocket(server);
    socket.sendFrame("no mask", { mask: false });
    expect(await socket.closed).toMatchObject({ code: 1002 });
  });

  test("sees 1006 where the server just ends, and a server that sends what it must not", async () => {
    await using socket = await openSocket(server);
    socket.send("terminate");
    expect(await socket.closed).toEqual({ code: 1006, reason: "" });
    await using other = await openSocket(server);
    other.send("binary");
    await expect(other.next()).rejects.toThrow("the server sent a binary message");
  });

  test("sends a RST, a FIN, and a close frame that is not answered", async () => {
    (await openSocket(server, { path: "/ws?reset" })).destroy();
    (await openSocket(server, { path: "/ws?end" })).end();
    const heard = () => ["reset", "end"].every((how) => server.stderr().includes(`closed 1006 /ws?${how}`));
    await eventually(heard, 1000, "two ends without a close frame");
    await using socket = await openSocket(server, { answersClose: false });
    socket.sendFrame(closePayload(4999), { opcode: Opcode.Close });
    expect(await socket.closed).toEqual({ code: 4999, reason: "" });
  });

  test("stops reading, so that the server's writes wait", async () => {
    await using socket = await openSocket(server);
    socket.pause();
    socket.send("flood");
    socket.send("buffered");
    const waiting = await eventually(() => /buffered (\d+)/.exec(server.stderr())?.[1], 2000, "its count");
    expect(Number(waiting)).toBeGreaterThan(5_000_000);
    expect(socket.unread).toEqual([]);
    socket.resume();
    await within(
      eventually(() => socket.unread.includes("flooded"), 10_000, "the last"),
      2500,
      "all",
    );
    expect(socket.unread).toHaveLength(401);
  });

  test("sends bytes before the 101", async () => {
    await using socket = await openSocket(server, { extraBytes: encodeFrame("early") });
    expect(await socket.next()).toBe("early");
  });

  test("hands out a refusal", async () => {
    const wrong = await rawUpgrade(server, { path: "/nowhere" });
    expect(wrong).toMatchObject({ upgraded: false, status: 400, body: "Bad Request" });
    const old = await rawUpgrade(server, { headers: { "sec-websocket-version": "12" } });
    expect(old).toMatchObject({ upgraded: false, status: 400, json: undefined });
    const plain = await rawUpgrade(server, { headers: { Upgrade: undefined, Connection: "close" } });
    expect(plain).toMatchObject({ upgraded: false, status: 426 });
  });
});

test("a raw socket to Bun.serve", async () => {
  await using bun = Bun.serve({
    port: 0,
    fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("no", { status: 418 })),
    websocket: {
      message(socket, text) {
        if (text === "ping") socket.ping("?");
        else if (text === "close") socket.close(1012, "later");
        else socket.send(text);
      },
      pong: (socket, data) => void socket.send(`pong ${data}`),
    },
  });
  await using socket = await openSocket(String(bun.url), { protocols: ["topichub.v1", "bearer.x"] });
  socket.sendFrame("he", { fin: false });
  socket.ping("between");
  socket.sendFrame("llo", { opcode: Opcode.Continuation });
  expect(await socket.next()).toBe("hello");
  expect(await socket.nextControl()).toMatchObject({ kind: "pong" });
  socket.send("ping");
  expect(await socket.next()).toBe("pong ?");
  socket.send("close");
  expect(await socket.closed).toEqual({ code: 1012, reason: "later" });
  expect(await rawUpgrade(String(bun.url), { method: "POST" })).toMatchObject({ status: 418, body: "no" });
});
