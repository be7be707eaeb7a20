import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import type { ClientOptions } from "../../../src/client/options.ts";
import { within } from "../../support/deadline.ts";
import { token } from "../../support/token.ts";
import { serving } from "./serving.ts";

const ADDRESS = "ws://test/live/ws";
const offer = async () => ["topichub.v1", `bearer.${await token()}`];

/** The events of a socket so far, and its end. */
function watched(socket: EventTarget) {
  const events: string[] = [];
  const note = (name: string) => () => void events.push(name);
  for (const name of ["open", "message", "error", "close"]) socket.addEventListener(name, note(name));
  const closed = new Promise<Event>((resolve) => socket.addEventListener("close", resolve));
  const opened = new Promise((resolve) => socket.addEventListener("open", resolve));
  return { events, opened: () => within(opened, 2000, "open"), closed: () => within(closed, 2000, "close") };
}

describe("network.WebSocket", () => {
  test("is what a client library takes", () => {
    const { network, clock } = serving();
    const { WebSocket, fetch } = network;
    const options: ClientOptions = { WebSocket, fetch, clock };
    expect(Object.values(options)).not.toContain(undefined);
  });

  test("opens, tells and closes as a browser's does", async () => {
    const { network, hub, ends } = serving();
    const socket = new network.WebSocket(ADDRESS, await offer());
    expect([socket.readyState, socket.url, socket.protocol]).toEqual([0, ADDRESS, ""]);
    expect(() => socket.send("early")).toThrow("not open yet");
    const { events, opened, closed } = watched(socket);
    const received: unknown[] = [];
    socket.onmessage = ({ data }) => void received.push(JSON.parse(data));
    await opened();
    expect([socket.readyState, socket.protocol]).toEqual([socket.OPEN, "topichub.v1"]);
    socket.send('{"action":"subscribe","topic":"a"}');
    await within(new Promise((resolve) => hub.on("topicActive", resolve)), 2000, "the subscription");
    await hub.publish("a", 1);
    socket.close(3000, "bye");
    socket.close(3001);
    expect(socket.readyState).toBe(2);
    socket.send("late");
    await hub.publish("a", "late");
    expect(await closed()).toMatchObject({ code: 3000, reason: "bye", wasClean: true });
    expect([socket.readyState, ends]).toEqual([3, [3000]]);
    expect(received).toMatchObject([{ type: "welcome" }, { status: "success" }, { data: 1 }]);
    expect(events).toEqual(["open", "message", "message", "message", "close"]);
  });

  test("tells a refusal as an error and 1006, and never why", async () => {
    const { network } = serving();
    const { events, closed } = watched(new network.WebSocket(ADDRESS, "topichub.v1"));
    expect(await closed()).toMatchObject({ code: 1006, reason: "", wasClean: false });
    expect(events).toEqual(["error", "close"]);
  });

  test("fails while the network is down, and where it is closed before it is open", async () => {
    const { network, ends } = serving();
    network.down();
    expect(await watched(new network.WebSocket(ADDRESS, await offer())).closed()).toMatchObject({
      code: 1006,
    });
    network.up();
    const socket = new network.WebSocket(ADDRESS, await offer());
    const { events, closed } = watched(socket);
    socket.close();
    expect(await closed()).toMatchObject({ code: 1006 });
    const other = new network.WebSocket(ADDRESS, await offer());
    await watched(other).opened();
    expect([events, ends, network.connections.length]).toEqual([["error", "close"], [], 1]);
  });

  test("that gives up while the answer is on its way leaves no place taken", async () => {
    const { network, app, follow } = serving({ limits: { connections: 1 } });
    const isThere = Promise.withResolvers<void>();
    const goesOn = Promise.withResolvers<void>();
    const outer = new Hono();
    outer.use(async (_, next) => {
      await next();
      isThere.resolve();
      await goesOn.promise;
    });
    network.serve(outer.route("/", app));
    const socket = new network.WebSocket(ADDRESS, await offer());
    const { events, closed } = watched(socket);
    await isThere.promise;
    socket.close();
    await closed();
    goesOn.resolve();
    await (await follow()).close();
    expect([events, socket.readyState]).toEqual([["error", "close"], 3]);
  });

  test("sees a cut as an error and 1006, and the code of the server otherwise", async () => {
    const { network, hub } = serving();
    const first = watched(new network.WebSocket(ADDRESS, await offer()));
    await first.opened();
    network.cut();
    expect(await first.closed()).toMatchObject({ code: 1006, wasClean: false });
    expect(first.events.slice(-2)).toEqual(["error", "close"]);
    const second = watched(new network.WebSocket(ADDRESS, await offer()));
    await second.opened();
    hub.disconnectUser("alex");
    expect(await second.closed()).toMatchObject({ code: 4501, wasClean: true });
    expect(second.events).not.toContain("error");
  });

  test("takes only the codes and reasons that a client may close with", async () => {
    const { network } = serving();
    const socket = new network.WebSocket(ADDRESS, await offer());
    for (const code of [1006, 2999, 5000]) expect(() => socket.close(code)).toThrow(DOMException);
    expect(() => socket.close(1000, "é".repeat(62))).toThrow(DOMException);
  });

  test("brings the server what is no text, which it refuses", async () => {
    const { network } = serving();
    const socket = new network.WebSocket(ADDRESS, await offer());
    const said = new Promise((resolve) => {
      socket.onmessage = ({ data }) => data.includes("Binary") && resolve(JSON.parse(data));
    });
    socket.onopen = () => socket.send(new Uint8Array(3));
    expect(await within(said, 2000, "the refusal")).toMatchObject({ code: "invalid_message" });
  });
});
