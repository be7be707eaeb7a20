import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { eventually } from "../../support/deadline.ts";
import { type ProxyConnection, startProxy, type TcpProxy } from "../../support/proxy.ts";
import { connectRaw, type RawConnection } from "../../support/raw-connection.ts";

/** What the server has of its newest connection. */
interface Served {
  socket: Socket;
  chunks: Buffer[];
  size: number;
  ending: string | undefined;
}
let server: Server;
let served: Served[];
let proxy: TcpProxy;

beforeAll(async () => {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    const it: Served = { socket, chunks: [], size: 0, ending: undefined };
    served.push(it);
    socket.on("data", (chunk: Buffer) => {
      it.chunks.push(chunk);
      it.size += chunk.length;
    });
    socket.on("end", () => {
      it.ending ??= "end";
    });
    socket.on("error", ({ code }: NodeJS.ErrnoException) => {
      it.ending ??= code;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  proxy = await startProxy({
    host: "127.0.0.1",
    port: typeof address === "object" && address ? address.port : 0,
  });
});
beforeEach(() => {
  served = [];
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  for (const { socket } of served) socket.destroy();
  server.close();
});

/** Bytes of which each tells roughly where it stood. */
const pattern = (bytes: number) => Buffer.alloc(bytes).map((_, at) => (at * 7 + (at >> 8)) & 0xff);
const bytesOf = () => Buffer.concat(served[0]?.chunks ?? []);
const peer = () => eventually(() => served[0], 2000, "the connection at the server");

/** A connection through the proxy, prepared before its first byte, and what came back on it. */
async function through(prepare: (connection: ProxyConnection) => void = () => {}) {
  proxy.next(prepare);
  const client = await connectRaw(proxy);
  const got: Buffer[] = [];
  client.readWith((chunk) => got.push(chunk));
  const connection = await eventually(() => proxy.connections.at(-1), 2000, "the connection at the proxy");
  return { client, connection, received: () => Buffer.concat(got) };
}

const settled = async (client: RawConnection) => {
  client.end();
  (await peer()).socket.end();
  await client.ended;
};

test("what is not told otherwise passes both ways, with its end", async () => {
  const { client, connection, received } = await through();
  const { socket } = await peer();
  client.write(pattern(300_000));
  await eventually(() => served[0]?.size === 300_000, 2000, "the bytes at the server");
  expect(bytesOf().equals(pattern(300_000))).toBe(true);
  client.end();
  await eventually(() => served[0]?.ending === "end", 2000, "the FIN at the server");
  socket.end(pattern(200_000));
  expect(await client.ended).toBe("end");
  expect(received().equals(pattern(200_000))).toBe(true);
  await eventually(() => connection.isOver, 2000, "the end at the proxy");
  expect([connection.toServer.passed, connection.toClient.passed]).toEqual([300_000, 200_000]);
});

test("a reset passes in either direction", async () => {
  const first = await through();
  await peer();
  first.client.reset();
  await eventually(() => served[0]?.ending === "ECONNRESET", 2000, "the RST at the server");
  const second = await through();
  (await eventually(() => served[1], 2000, "the second")).socket.resetAndDestroy();
  expect(await second.client.ended).toBe("ECONNRESET");
});

test.each([0, 1, 1000, 100_000])("a cut after %i bytes to the server lets exactly those pass", async (at) => {
  const { client, connection } = await through(({ toServer }) => toServer.cut(at));
  client.write(pattern(150_000));
  expect(await client.ended).toBe("ECONNRESET");
  await eventually(() => served[0]?.ending === "ECONNRESET", 2000, "the RST at the server");
  expect(bytesOf().equals(pattern(at))).toBe(true);
  expect([connection.toServer.passed, connection.isOver]).toEqual([at, true]);
});

test.each([0, 1, 1000])("a cut after %i bytes to the client, some of them in small writes", async (at) => {
  const { client, received } = await through(({ toClient }) => toClient.cut(at));
  const { socket } = await peer();
  for (let sent = 0; sent < 1500; sent += 3) socket.write(pattern(1500).subarray(sent, sent + 3));
  expect(await client.ended).toBe("ECONNRESET");
  expect(received().equals(pattern(at))).toBe(true);
});

test("a cut of now, on a connection that lives", async () => {
  const { client, connection } = await through();
  await peer();
  client.write("abc");
  await eventually(() => served[0]?.size === 3, 2000, "the bytes at the server");
  expect(() => connection.toServer.cut(2)).toThrow("2 is behind: 3 bytes have passed already");
  connection.toServer.cut();
  expect(await client.ended).toBe("ECONNRESET");
});

test("a stall lets exactly those bytes pass, holds the sender, and loses nothing", async () => {
  const { client, connection } = await through(({ toServer }) => toServer.stall(1000));
  const all = pattern(32 * 2 ** 20);
  let isSent = false;
  client.socket.write(all, () => {
    isSent = true;
  });
  await eventually(() => connection.toServer.isStalled, 2000, "the stall");
  // The other way goes on meanwhile, and each turn of it would have let more through.
  const { socket } = await peer();
  for (let turn = 1; turn <= 50; turn++) {
    socket.write("x");
    await eventually(() => connection.toClient.passed === turn, 2000, "a byte to the client");
  }
  expect([served[0]?.size, isSent]).toEqual([1000, false]);
  connection.toServer.resume();
  await eventually(() => served[0]?.size === all.length, 10_000, "the rest");
  expect(bytesOf().equals(all)).toBe(true);
  await eventually(() => isSent, 2000, "the write's end");
  await settled(client);
}, 20_000);

test("a stall can end in a cut, now or later", async () => {
  for (const [later, text] of [
    [2, "ab"],
    [4, "abcd"],
  ] as const) {
    served = [];
    const { client, connection } = await through(({ toServer }) => toServer.stall(2));
    client.write("abcdef");
    await eventually(() => connection.toServer.isStalled, 2000, "the stall");
    connection.toServer.cut(later);
    connection.toServer.resume();
    expect(await client.ended).toBe("ECONNRESET");
    await eventually(() => served[0]?.ending === "ECONNRESET", 2000, "the RST at the server");
    expect(bytesOf().toString()).toBe(text);
  }
});

test("an end that comes in a stall waits for what is before it", async () => {
  const { client, connection } = await through(({ toServer }) => toServer.stall(2));
  client.write("abcd");
  client.end();
  await eventually(() => connection.toServer.isStalled, 2000, "the stall");
  const { socket } = await peer();
  socket.write("x");
  await eventually(() => connection.toClient.passed === 1, 2000, "a byte to the client");
  expect([bytesOf().toString(), served[0]?.ending]).toEqual(["ab", undefined]);
  connection.toServer.resume();
  await eventually(() => served[0]?.ending === "end", 2000, "the FIN at the server");
  expect(bytesOf().toString()).toBe("abcd");
  socket.end();
  await client.ended;
});

test.each([0, 3])("after %i bytes and a FIN the other way still flows", async (at) => {
  const { client, received } = await through(({ toServer }) => toServer.halfClose(at));
  client.write("abcdef");
  await eventually(() => served[0]?.ending === "end", 2000, "the FIN at the server");
  const { socket } = await peer();
  socket.write("hello");
  await eventually(() => received().toString() === "hello", 2000, "the answer");
  client.write("more");
  socket.end(" again");
  expect(await client.ended).toBe("end");
  expect([received().toString(), bytesOf().toString()]).toEqual(["hello again", "abc".slice(0, at)]);
});

test("a FIN to the client leaves the way to the server open", async () => {
  const { client, connection } = await through();
  await peer();
  connection.toClient.halfClose();
  expect(await client.ended).toBe("end");
});

test("who vanishes is heard of no more, an end neither", async () => {
  const { client, connection } = await through();
  const { socket } = await peer();
  client.write("abc");
  await eventually(() => served[0]?.size === 3, 2000, "the bytes at the server");
  connection.vanish();
  client.write("def");
  client.reset();
  socket.write("x");
  const other = await through();
  other.client.write("abc");
  await eventually(() => served[1]?.size === 3, 2000, "the bytes of another connection");
  expect([bytesOf().toString(), served[0]?.ending, connection.isOver]).toEqual(["abc", undefined, false]);
  other.client.reset();
});

test("a server that is not there is a reset", async () => {
  await using nowhere = await startProxy({ host: "127.0.0.1", port: 1 });
  const client = await connectRaw(nowhere);
  expect(await client.ended).toBe("ECONNRESET");
});
