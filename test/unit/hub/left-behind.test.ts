import { expect, setDefaultTimeout, test } from "bun:test";
import { Session, type SessionPolicy } from "../../../src/hub/session.ts";
import { SignIn } from "../../../src/hub/sign-in.ts";
import type { TopicRuleInput } from "../../../src/hub/topic-rules.ts";
import { TestTransport } from "../../../src/testing/test-transport.ts";
import { eventually } from "../../support/deadline.ts";
import { openPolicy } from "./session-setup.ts";
import { NOW, principal, turn } from "./setup.ts";

setDefaultTimeout(30_000);

const TOPICS: TopicRuleInput[] = [
  { match: "kept:*", history: { size: 50, ttl_s: 60 } },
  { match: "level:*", slow: "latest" },
];
const TIMES = 12;
const large = "x".repeat(3000);

type Peer = Pick<Session, "receive" | "closed">;
/** Brings one peer to a state in which it is then closed. */
type State = (policy: SessionPolicy, transport: TestTransport) => Peer | Promise<Peer>;

function session(policy: SessionPolicy, transport: TestTransport): Session {
  const expiresAt = policy.hub.clock.now() + 600_000;
  const heartbeat = { interval_ms: 25_000, timeout_ms: 10_000 };
  const peer = { principal: principal("alex", { expiresAt }), transport, hasSubprotocol: true };
  return new Session({ ...policy, heartbeat }, peer);
}

async function ask({ receive }: { receive(text: string): void }, message: object): Promise<void> {
  receive(JSON.stringify(message));
  await turn();
}

/** A session that was sent these messages. */
function asked(...messages: object[]): State {
  return async (policy, transport) => {
    const opened = session(policy, transport);
    for (const message of messages) await ask({ receive: (text) => opened.receive(text) }, message);
    return opened;
  };
}

const since = (policy: SessionPolicy) => policy.hub.history("kept:1");

const states: Record<string, State> = {
  "subscribed to topics and patterns": asked({
    action: "subscribe",
    topics: ["a", "b:*", "kept:1", "kept:*"],
  }),
  "renewed, so that it ends at another time": asked({ action: "authenticate", token: "good" }),
  "in the middle of requests": asked(
    { action: "publish", topic: "kept:1", data: 1, idempotency_key: "one" },
    { action: "history", topic: "kept:1" },
    { action: "presence", topic: "kept:1" },
  ),
  "in a replay whose reader waits": async (policy, transport) => {
    for (let data = 0; data < 5; data++) await policy.hub.publish("kept:1", large);
    const { epoch = "", offset = 0 } = (await since(policy)) ?? {};
    transport.isStuck = true;
    const position = { epoch, offset: offset - 5 };
    return asked({ action: "subscribe", topics: [{ topic: "kept:1", since: position }] })(policy, transport);
  },
  "behind, and given the newest": async (policy, transport) => {
    const opened = await asked({ action: "subscribe", topic: "level:1" })(policy, transport);
    transport.isStuck = true;
    for (let data = 0; data < 9; data++) await policy.hub.publish("level:1", large);
    return opened;
  },
  "too slow": async (policy, transport) => {
    const opened = await asked({ action: "subscribe", topic: "a" })(policy, transport);
    transport.isStuck = true;
    for (let data = 0; data < 9; data++) await policy.hub.publish("a", large);
    return opened;
  },
  "disconnected by an operator": async (policy, transport) => {
    const opened = await asked({ action: "subscribe", topic: "a" })(policy, transport);
    await policy.hub.disconnectUser("alex");
    return opened;
  },
  "not signed in": (policy, transport) => stranger(policy, transport),
  "not signed in, while its token is verified": async (policy, transport) => {
    const pending = { ...policy, authenticate: () => new Promise<never>(() => {}) };
    const peer = stranger(pending, transport);
    await ask(peer, { action: "authenticate", token: "good" });
    return peer;
  },
  "signed in by its first message": async (policy, transport) => {
    const peer = stranger(policy, transport);
    await ask(peer, { action: "authenticate", token: "good" });
    await ask(peer, { action: "subscribe", topic: "a" });
    return peer;
  },
};

function stranger(policy: SessionPolicy, transport: TestTransport): Peer {
  const peer = { transport, hasSubprotocol: true, token: undefined, timeoutMs: 5000 };
  const signIn = new SignIn(policy, { ...peer, assign: () => true, opened: () => {} });
  return {
    receive: (data) => signIn.receive(data),
    closed: (code, reason) => signIn.closed(code, reason),
  };
}

/** Opens and closes one; gives what tells whether its socket, and so anything of it, is still in memory. */
async function openAndClose(policy: SessionPolicy, state: State): Promise<WeakRef<TestTransport>> {
  const transport = new TestTransport();
  const peer = await state(policy, transport);
  peer.closed(1006, "");
  return new WeakRef(transport);
}

test.each(Object.keys(states))(
  "of a connection that was %s nothing is left once it has closed",
  async (name) => {
    const authenticate = async () => principal("alex", { expiresAt: NOW + 100_000 });
    const { hub, clock, policy, errors } = openPolicy({ hub: { topics: TOPICS }, authenticate });
    const sockets: WeakRef<TestTransport>[] = [];
    for (let times = 0; times < TIMES; times++)
      sockets.push(await openAndClose(policy, states[name] as State));
    // What is kept has expired then, and whoever comes back to slow readers has found that there are none.
    clock.advance(61_000);
    expect({ ...hub.size, timers: clock.timers, errors }).toEqual({
      ...{ connections: 0, users: 0, topics: 0, timers: 0, errors: [] },
    });
    expect(policy.idempotency).toMatchObject({ size: { running: 0 } });
    const isGone = () => {
      Bun.gc(true);
      // The collector may overlook some, which stand on a stack, or seem to.
      return sockets.filter((socket) => socket.deref() !== undefined).length < TIMES / 2;
    };
    await eventually(isGone, 10_000, "its sockets to be collected");
  },
);

test("of a hub that has ended no timer is left, whatever its connections were at", async () => {
  const { hub, clock, policy } = openPolicy({
    hub: { topics: TOPICS, drain: { window_ms: 100, timeout_ms: 2000 } },
  });
  const peers: Peer[] = [];
  for (const state of Object.values(states)) peers.push(await state(policy, new TestTransport()));
  const closed = hub.close();
  clock.advance(2000);
  for (const peer of peers) peer.closed(1006, "");
  await closed;
  expect({ ...hub.size, timers: clock.timers }).toEqual({ connections: 0, users: 0, topics: 0, timers: 0 });
});
