import { describe, expect, test } from "bun:test";
import { AuthenticationUnavailable, type Principal, TokenError } from "../../../src/hub/principal.ts";
import { SignIn } from "../../../src/hub/sign-in.ts";
import { TestTransport } from "../../../src/testing/test-transport.ts";
import { LIMITS, openPolicy, type SessionOptions, sendBinary } from "./session-setup.ts";
import { principal, turn } from "./setup.ts";

const TIMEOUT_MS = 5000;
// Until then what came in time is read.
const READ_MS = 20;

/** Good tokens are `user:NAME`. */
async function authenticate(given: string): Promise<Principal> {
  if (given.startsWith("user:")) return principal(given.slice(5), { expiresAt: 1_800_000_000_000 });
  throw new TokenError("Invalid token: expired");
}

interface Options extends SessionOptions {
  cookie?: string;
  assign?: (user: string) => boolean;
}

/** A peer that has not signed in. */
function open({ cookie, assign = () => true, hasSubprotocol = true, ...options }: Options = {}) {
  const { hub, clock, errors, policy } = openPolicy({ authenticate, ...options });
  const transport = new TestTransport();
  const opened: string[] = [];
  const signIn = new SignIn(policy, {
    transport,
    hasSubprotocol,
    token: cookie,
    timeoutMs: TIMEOUT_MS,
    assign,
    opened: () => void opened.push("opened"),
  });
  const send = (message: unknown) =>
    signIn.receive(typeof message === "object" ? JSON.stringify(message) : message);
  return { hub, clock, errors, transport, opened, signIn, send };
}
const good = (id?: number) => ({ action: "authenticate", token: "user:alex", ...(id && { id }) });
const SIGNED_IN = {
  status: "success",
  message: "Authenticated successfully",
  action: "authenticate",
  user: "alex",
  expires_at: 1_800_000_000_000,
};

describe("a good first message", () => {
  test("is answered, and then comes the welcome", async () => {
    const { hub, clock, transport, opened, send } = open();
    send(good(7));
    expect([await transport.next(), await transport.next()]).toMatchObject([
      { ...SIGNED_IN, id: 7 },
      { type: "welcome", user: "alex", connection: hub.connections()[0]?.id },
    ]);
    expect([opened, hub.connectionsOf("alex")]).toEqual([["opened"], 1]);
    clock.advance(10 * TIMEOUT_MS);
    expect(transport.closing).toBeUndefined();
  });

  test("brings no welcome to who offered no subprotocol", async () => {
    const { transport, send } = open({ hasSubprotocol: false });
    send(good());
    send({ action: "ping" });
    expect([await transport.next(), await transport.next()]).toMatchObject([SIGNED_IN, { message: "pong" }]);
  });

  test("may leave the token out where a cookie brought one", async () => {
    const { transport, send } = open({ cookie: "user:kim" });
    send({ action: "authenticate" });
    expect(await transport.next()).toMatchObject({ user: "kim" });
  });

  test("counts before the cookie", async () => {
    const { transport, send } = open({ cookie: "user:kim" });
    send(good());
    expect(await transport.next()).toMatchObject({ user: "alex" });
  });

  test("may be followed at once by others, which are answered in their order", async () => {
    const { transport, send } = open();
    send(good());
    send({ action: "subscribe", topic: "a", id: 1 });
    send({ action: "ping", id: 2 });
    const messages = [];
    for (let at = 0; at < 4; at++) messages.push(await transport.next());
    expect(messages).toMatchObject([SIGNED_IN, { type: "welcome" }, { id: 1 }, { id: 2 }]);
  });

  test("is the session's from then on: a token that ends closes it with 4100", async () => {
    const { clock, transport, send } = open({
      authenticate: async () => principal("alex", { expiresAt: clockStart + 60_000 }),
    });
    const clockStart = clock.now();
    send(good());
    await transport.next();
    clock.advance(60_000);
    expect(transport.closing?.code).toBe(4100);
  });
});

describe("a first message that does not sign in", () => {
  const cases: [name: string, message: unknown, reason: string][] = [
    ["another action", { action: "subscribe", topic: "a" }, "Missing authentication message"],
    ["no action", { token: "user:alex" }, "Missing authentication message"],
    ["no JSON", "hello", "Missing authentication message"],
    [
      "JSON nested too deep",
      `{"action":"authenticate","token":${"[".repeat(9)}`,
      "Missing authentication message",
    ],
    ["a binary frame", new Uint8Array([123, 125]), "Missing authentication message"],
    ["no token", { action: "authenticate" }, "Missing token"],
    ["an empty token", { action: "authenticate", token: "" }, "Missing token"],
    ["a bad token", { action: "authenticate", token: "x" }, "Invalid token"],
    ["a token that is no string", { action: "authenticate", token: null }, "Invalid token"],
    ["an unknown field", { ...good(), user: "alex" }, "Invalid token"],
  ];
  test.each(cases)("%s", async (_, message, reason) => {
    const { hub, clock, errors, transport, signIn } = open();
    signIn.receive(
      message instanceof Uint8Array || typeof message === "string" ? message : JSON.stringify(message),
    );
    expect(await transport.closed()).toEqual({ code: 1008, reason });
    signIn.receive(JSON.stringify(good()));
    await turn();
    expect([transport.frames, transport.late, hub.size.connections, errors]).toEqual([[], [], 0, []]);
    // What drops a peer that does not answer the close, and nothing else.
    expect(clock.timers).toBe(1);
  });

  test("none at all", () => {
    const { clock, transport } = open();
    clock.advance(TIMEOUT_MS - 1);
    expect(transport.closing).toBeUndefined();
    clock.advance(1 + READ_MS);
    expect(transport.closing).toEqual({ code: 1008, reason: "Authentication timeout" });
    clock.advance(3000);
    expect(transport.terminations).toBe(1);
  });

  test("that the process was too busy to read is read, however late the timer comes", async () => {
    const { clock, transport, send } = open();
    clock.pause(TIMEOUT_MS + 2000);
    send(good());
    expect(await transport.next()).toMatchObject(SIGNED_IN);
    clock.advance(10 * TIMEOUT_MS);
    expect(transport.closing).toBeUndefined();
  });

  test.each([
    [1000, 1000],
    [10 * TIMEOUT_MS, TIMEOUT_MS],
  ])("within its time and what a pause of %p ms took of it", (lateMs, givenBackMs) => {
    const { clock, transport } = open();
    clock.pause(TIMEOUT_MS + lateMs);
    clock.advance(givenBackMs - 1);
    expect(transport.closing).toBeUndefined();
    clock.advance(1);
    expect(transport.closing).toEqual({ code: 1008, reason: "Authentication timeout" });
  });

  test("of a user who has too many connections", async () => {
    const { hub, transport, send } = open({ assign: (user) => user !== "alex" });
    send(good());
    expect(await transport.closed()).toEqual({ code: 4503, reason: "This user has no connections left" });
    expect(hub.size.connections).toBe(0);
  });

  test("longer than a message may be", async () => {
    const { transport, signIn } = open();
    signIn.receive(`{"action":"authenticate","token":"${"x".repeat(LIMITS.message_bytes)}"}`);
    expect((await transport.closed()).code).toBe(1009);
  });
});

describe("while a token is being verified", () => {
  function slow() {
    const { promise, resolve, reject } = Promise.withResolvers<Principal>();
    const peer = open({ authenticate: () => promise });
    peer.send(good());
    return { ...peer, resolve, reject };
  }

  test("the time for the first message is over", async () => {
    const { clock, transport, resolve } = slow();
    clock.advance(10 * TIMEOUT_MS);
    expect(transport.closing).toBeUndefined();
    resolve(principal());
    expect(await transport.next()).toMatchObject({ status: "success" });
  });

  test("no more is kept than one message may be long", async () => {
    const { hub, transport, send, resolve } = slow();
    for (let at = 0; at < 12; at++) send({ action: "ping" });
    expect(transport.closing).toBeUndefined();
    send({ action: "ping" });
    expect(transport.closing).toEqual({ code: 4001, reason: "Too many requests are waiting" });
    resolve(principal());
    await turn();
    expect([transport.frames, hub.size.connections]).toEqual([[], 0]);
  });

  test("binary frames are not held in memory, and refused after the answer", async () => {
    const { transport, signIn, resolve } = slow();
    const isHeld = sendBinary(signIn, 10);
    expect(await isHeld()).toBe(false);
    resolve(principal());
    const messages = [];
    for (let at = 0; at < 12; at++) messages.push(await transport.next());
    expect(messages.at(-1)).toMatchObject({ code: "invalid_message" });
  });

  test("the peer may go: nobody is connected then", async () => {
    const { hub, clock, errors, signIn, resolve } = slow();
    signIn.closed(1006, "");
    resolve(principal());
    await turn();
    expect([hub.size.connections, clock.timers, errors]).toEqual([0, 0, []]);
  });

  test("an outage lets the client try again", async () => {
    const { errors, transport, reject } = slow();
    reject(new AuthenticationUnavailable("later"));
    expect(await transport.closed()).toEqual({ code: 1013, reason: "Tokens cannot be verified now" });
    expect(errors).toEqual([]);
  });

  test("a fault is told to onError, and not to the peer", async () => {
    const { errors, transport, reject } = slow();
    reject(new Error("secret plans"));
    expect(await transport.closed()).toEqual({ code: 1013, reason: "Tokens cannot be verified now" });
    expect(errors).toEqual(["authenticate: secret plans"]);
  });
});

describe("when the hub closes", () => {
  test("it is told when to come back, and closed with 1012", async () => {
    const { hub, transport, signIn, send } = open();
    const closed = hub.close();
    expect(transport.take()).toEqual([{ type: "reconnect", after_ms: expect.any(Number) }]);
    expect(transport.closing).toEqual({ code: 1012, reason: "Server is stopping" });
    send(good());
    signIn.closed(1012, "");
    await closed;
    expect(hub.size.connections).toBe(0);
  });

  test("who has signed in or gone is not closed a second time", async () => {
    const signedIn = open();
    signedIn.send(good());
    await signedIn.transport.next();
    const closed = signedIn.hub.close();
    signedIn.clock.advance(1000);
    signedIn.signIn.closed(1012, "");
    await closed;
    expect(signedIn.transport.take().filter(({ type }) => type === "reconnect")).toHaveLength(1);
    const gone = open();
    gone.signIn.closed(1001, "");
    await gone.hub.close();
    expect([gone.transport.frames, gone.transport.closing]).toEqual([[], undefined]);
  });
});
