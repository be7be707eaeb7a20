import { describe, expect, test } from "bun:test";
import type { BrokerFactory } from "../../../src/hub/broker.ts";
import { Session } from "../../../src/hub/session.ts";
import { TestTransport } from "../../../src/testing/test-transport.ts";
import { eventually } from "../../support/deadline.ts";
import { openSession } from "./session-setup.ts";
import { principal } from "./setup.ts";

describe("publish with an idempotency key", () => {
  const request = { action: "publish", topic: "a", data: { n: 1 }, idempotency_key: "k", id: 1 };
  const done = { status: "success", message: "Published to topic 'a'", action: "publish", topic: "a", id: 1 };

  /** A session, what its hub published, and a broker that gives positions and can be made to wait or to fail. */
  function keyed() {
    const calls: ReturnType<typeof Promise.withResolvers<void>>[] = [];
    const state = { isSlow: false, count: 0 };
    const broker: BrokerFactory = () => ({
      async publish() {
        const call = Promise.withResolvers<void>();
        calls.push(call);
        if (!state.isSlow) call.resolve();
        await call.promise;
        return { epoch: "k3v9", offset: ++state.count };
      },
      subscribe() {},
      unsubscribe() {},
      locate: (selectors, at) => at(selectors.map(() => ({ epoch: "k3v9", floor: 0, topics: new Map() }))),
      history: () => undefined,
      close: async () => {},
    });
    const opened = openSession({ hub: { broker } });
    /** Another connection of the same server. */
    const join = (user: string) => {
      const transport = new TestTransport();
      const peer = new Session(opened.policy, {
        principal: principal(user),
        transport,
        hasSubprotocol: false,
      });
      return (message: object) => {
        peer.receive(JSON.stringify(message));
        return transport.next();
      };
    };
    return { ...opened, calls, state, join };
  }

  test("publishes once, and gives a retry the first answer", async () => {
    const { ask, calls, join } = keyed();
    const first = { ...done, epoch: "k3v9", offset: 1 };
    expect(await ask(request)).toEqual(first);
    expect(await ask({ ...request, id: 2 })).toEqual({ ...first, id: 2 });
    expect(await join("alex")(request)).toEqual(first);
    expect(calls).toHaveLength(1);
    expect(await join("kim")(request)).toEqual({ ...first, offset: 2 });
    expect(await ask({ ...request, idempotency_key: "l" })).toEqual({ ...first, offset: 3 });
  });

  test("is for one message, for five minutes", async () => {
    const { ask, calls, clock } = keyed();
    await ask(request);
    for (const change of [{ topic: "b" }, { data: { n: 2 } }, { type: "note" }])
      expect(await ask({ ...request, ...change })).toEqual({
        status: "error",
        code: "invalid_message",
        message: "'idempotency_key' was used for another message in the last 5 minutes",
        action: "publish",
        topic: change.topic ?? "a",
        id: 1,
      });
    clock.advance(300_000);
    expect(await ask({ ...request, data: "another" })).toMatchObject({ status: "success", offset: 2 });
    expect(calls).toHaveLength(2);
  });

  test("that still runs is told to wait, and has its answer then", async () => {
    const { send, transport, calls, state, join } = keyed();
    const other = join("alex");
    state.isSlow = true;
    send(request);
    await eventually(() => calls.length > 0, 2000, "the publication");
    expect(await other(request)).toEqual({
      status: "error",
      code: "unavailable",
      message: "The message with this 'idempotency_key' is being published",
      action: "publish",
      topic: "a",
      id: 1,
      retry_after_ms: 1000,
    });
    calls[0]?.resolve();
    expect(await transport.next()).toMatchObject({ status: "success", offset: 1 });
    expect(await other(request)).toMatchObject({ status: "success", offset: 1 });
  });

  test("that failed is free for the next try, whatever that publishes", async () => {
    const { send, transport, calls, state, ask } = keyed();
    state.isSlow = true;
    send(request);
    await eventually(() => calls.length > 0, 2000, "the publication");
    calls[0]?.reject(new Error("cut off"));
    expect(await transport.next()).toMatchObject({ code: "unavailable", retry_after_ms: 1000 });
    state.isSlow = false;
    expect(await ask({ ...request, data: "another" })).toMatchObject({ status: "success", offset: 1 });
  });

  test("that was answered is answered again while the server stops, and no other", async () => {
    const { ask, calls, hub } = keyed();
    await ask(request);
    hub.drain();
    expect(await ask(request)).toMatchObject({ status: "success", offset: 1 });
    expect(await ask({ ...request, idempotency_key: "l" })).toMatchObject({ code: "unavailable" });
    expect(calls).toHaveLength(1);
  });

  test("needs the grant each time", async () => {
    let isGranted = true;
    const { ask } = openSession({ authorize: () => isGranted });
    expect(await ask(request)).toEqual(done);
    isGranted = false;
    expect(await ask(request)).toMatchObject({ code: "forbidden" });
  });
});
