import { expect, test } from "bun:test";
import { type Client, connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { openDescriptors } from "../support/descriptors.ts";
import { getJson, postJson } from "../support/http.ts";
import { type ProxyConnection, startProxy, type TcpProxy, type Way } from "../support/proxy.ts";
import { rawUpgrade } from "../support/raw-websocket.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

const TOPIC = "cut:it";

export function cut(target: Target): void {
  const start = (limits: object = {}) =>
    spawnServer(target, {
      config: {
        limits: { connections_per_user: 2, messages_per_second: 1000, message_burst: 1000, ...limits },
      },
    });
  const open = async (at: Server | TcpProxy, sub: string) => {
    const client = await connect(at, { token: await token({ sub }) });
    await client.request({ action: "subscribe", topic: TOPIC });
    return client;
  };
  const publish = async (server: Server, data: unknown) => {
    const publisher = await token({ sub: "publisher" });
    expect((await postJson(server, "/publish", { topic: TOPIC, data }, { token: publisher })).status).toBe(
      200,
    );
  };
  /** Cuts right behind the bytes, or once the server has had turns enough to look at them. */
  const cutAt = async (server: Server, way: Way, at: number, isLate: boolean) => {
    if (!isLate) {
      way.cut(at);
      return;
    }
    way.stall(at);
    await eventually(() => way.isStalled, 2000, `byte ${at}`);
    for (let turn = 0; turn < 3; turn++) await getJson(server, "/healthz");
    way.cut();
  };
  const newest = (proxy: TcpProxy) => proxy.connections.at(-1) as ProxyConnection;

  const list = async (server: Server) => {
    const { json } = await getJson(server, "/connections", { token: await token({ admin: true }) });
    return json.connections as { user: string; unsent_bytes: number }[];
  };
  /** True where both places of the user that was cut are free. */
  const hasPlaces = async (server: Server) => {
    const answers = await Promise.allSettled([open(server, "cut"), open(server, "cut")]);
    for (const answer of answers) if (answer.status === "fulfilled") answer.value.socket.destroy();
    return answers.every(({ status }) => status === "fulfilled");
  };
  /** Settles once everything is as it was before anybody but the canary came. */
  const isBack = async (server: Server, descriptors: number) => {
    const users = async () => (await list(server)).map(({ user }) => user);
    await eventually(async () => String(await users()) === "canary", 5000, "the others to be gone");
    // The place of a socket that never opened is kept for 10 s.
    await eventually(() => hasPlaces(server), 15_000, "their places to be free");
    // A reset in the moment of the upgrade may leave a descriptor of Deno's own server open: docs/embedding.md.
    if (target.capabilities.terminates)
      await eventually(() => openDescriptors(server.pid) <= descriptors, 5000, "their sockets to be closed");
  };

  test("whoever is cut at any byte is gone, and nobody else misses anything", async () => {
    await using server = await start();
    await using proxy = await startProxy(server);
    await using canary = await open(server, "canary");
    const bearer = { Authorization: `Bearer ${await token({ sub: "cut" })}` };
    const whole = await rawUpgrade(proxy, { headers: bearer });
    if (!whole.upgraded) throw new Error(`refused with ${whole.status}`);
    // The same for every handshake: only the key and the answer to it differ, not their length.
    const [request, answer] = [newest(proxy).toServer.passed, newest(proxy).toClient.passed];
    whole.socket.destroy();
    await canary.request({ action: "ping" });
    const descriptors = openDescriptors(server.pid);

    const ways = {
      toServer: [0, 1, 15, Math.floor(request / 2), request - 3, request - 1, request],
      toClient: [0, 1, 20, answer - 1],
    };
    for (const isLate of [false, true])
      for (const name of ["toServer", "toClient"] as const)
        for (const at of ways[name]) {
          let cutting: Promise<void> | undefined;
          proxy.next((connection) => {
            cutting = cutAt(server, connection[name], at, isLate);
          });
          // After the whole request the answer may be faster than the cut.
          const answered = await rawUpgrade(proxy, { headers: bearer }).catch(() => undefined);
          if (answered?.upgraded) await answered.socket.ended;
          await cutting;
          expect(newest(proxy)[name].passed).toBe(at);
        }

    // A header of four bytes, a mask of four, and the payload.
    const message = JSON.stringify({ action: "publish", topic: TOPIC, data: "x".repeat(300) });
    for (const isLate of [false, true])
      for (const bytes of [1, 3, 6, 8, 100, 8 + message.length - 1]) {
        await using client = await open(proxy, "cut");
        const { toServer } = newest(proxy);
        const cutting = cutAt(server, toServer, toServer.passed + bytes, isLate);
        client.send(message);
        expect((await client.closed).code).toBe(1006);
        await cutting;
      }

    // A header of four bytes, and the payload.
    const cuts = [1, 3, 4, 100];
    for (const bytes of cuts) {
      await using client = await open(proxy, "cut");
      const { toClient } = newest(proxy);
      toClient.cut(toClient.passed + bytes);
      await publish(server, [bytes, "x".repeat(300)]);
      expect((await client.closed).code).toBe(1006);
      expect(client.unread).toEqual([]);
    }
    for (const bytes of cuts) expect(numberOf(await canary.next())).toBe(bytes);
    await isBack(server, descriptors);
    expect(canary.unread).toEqual([]);
  });

  test.concurrent("whose way to the server has ended is gone, in the middle of a message too", async () => {
    await using server = await start();
    await using proxy = await startProxy(server);
    await using canary = await open(server, "canary");
    const descriptors = openDescriptors(server.pid);
    for (const bytes of [0, 1, 20]) {
      await using client = await open(proxy, "cut");
      const { toServer } = newest(proxy);
      toServer.halfClose(toServer.passed + bytes);
      client.send({ action: "publish", topic: TOPIC, data: bytes });
      await client.closed;
      await eventually(() => newest(proxy).isOver, 5000, "the server's end");
    }
    await isBack(server, descriptors);
    await publish(server, "last");
    expect(await canary.next()).toMatchObject({ data: "last" });
  });

  test.concurrent("who stalls in the middle of a frame delays nobody, and gets all of it later", async () => {
    const limits = { unsent_bytes: 2 ** 28, body_bytes: 2 ** 22, message_bytes: 2 ** 21 };
    await using server = await start(limits);
    await using proxy = await startProxy(server);
    await using canary = await open(server, "canary");
    await using client = await open(proxy, "cut");
    const { toClient } = newest(proxy);
    toClient.stall(toClient.passed + 100);
    // More than the kernels hold.
    const publications = 8;
    for (let at = 0; at < publications; at++) {
      const came = canary.next(5000);
      await publish(server, [at, "x".repeat(2 ** 20)]);
      expect(numberOf(await came)).toBe(at);
    }
    expect([toClient.isStalled, client.unread.length]).toEqual([true, 0]);
    const stalled = (await list(server)).find(({ user }) => user === "cut");
    expect(stalled?.unsent_bytes).toBeGreaterThan(0);
    toClient.resume();
    for (let at = 0; at < publications; at++) expect(numberOf(await client.next(5000))).toBe(at);
  });
}

const numberOf = ({ data }: Awaited<ReturnType<Client["next"]>>) => (data as [number, string])[0];
