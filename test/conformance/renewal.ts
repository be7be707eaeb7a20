import { expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { within } from "../support/deadline.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

export function renewal(target: Target): void {
  const server = sharedServer(target);
  const limited = sharedServer(target, { config: { limits: { connections_per_user: 1 } } });

  test.concurrent("a connection whose token expires is closed with 4100", async () => {
    await using client = await connect(server(), { token: await token({ exp: inSeconds(2) }) });
    expect(await client.closed).toEqual({ code: 4100, reason: "Token expired" });
  });

  if (target.capabilities.terminates)
    test.concurrent("a peer that does not answer the close is dropped, and does not count meanwhile", async () => {
      const options = { token: await token({ exp: inSeconds(2) }), answersClose: false };
      await using client = await connect(limited(), options);
      expect((await client.closed).code).toBe(4100);
      // The one connection that the user may have.
      await using again = await connect(limited(), { token: await token() });
      expect(await again.request({ action: "ping" })).toMatchObject({ message: "pong" });
      await within(client.socket.ended, 6000, "the end of the connection");
    });

  test.concurrent("a renewed token keeps it open, and a token for a thousand years does not close it", async () => {
    await using client = await connect(server(), { token: await token({ exp: inSeconds(2) }) });
    const exp = inSeconds(31_536_000_000);
    expect(await client.request({ action: "authenticate", token: await token({ exp }) })).toEqual({
      status: "success",
      message: "Authenticated successfully",
      action: "authenticate",
      id: expect.any(String),
      user: "alex",
      expires_at: exp * 1000,
    });
    await client.expectSilence(2500);
    expect(await client.request({ action: "ping" })).toMatchObject({
      message: "pong",
      time: expect.any(Number),
    });
  });

  test.concurrent("subscriptions that the new token does not allow end, and only those", async () => {
    await using client = await connect(server(), { token: await token() });
    await client.request({ action: "subscribe", topics: ["a", "b", "b:*"] });
    const topics = { subscribe: ["b:*"], publish: ["a", "b:1"] };
    const reply = await client.request({ action: "authenticate", token: await token({ topics }) });
    expect(reply).toMatchObject({ status: "success" });
    expect([await client.next(), await client.next()]).toEqual([
      { type: "unsubscribed", topic: "a", code: "forbidden" },
      { type: "unsubscribed", topic: "b", code: "forbidden" },
    ]);
    await client.request({ action: "publish", topic: "a", data: 1 });
    await client.request({ action: "publish", topic: "b:1", data: 2 });
    expect(await client.next()).toMatchObject({ topic: "b:1", data: 2 });
    expect(await client.request({ action: "publish", topic: "c", data: 1 })).toMatchObject({
      code: "forbidden",
    });
    await client.expectSilence();
  });

  test.concurrent("a bad token, another user's or none is refused, and the connection goes on", async () => {
    await using client = await connect(server(), { token: await token() });
    const secret = "another secret of thirty-two bytes!";
    for (const bad of ["nonsense", await token({}, { secret }), await token({ sub: "kim" }), undefined, ""]) {
      const reply = await client.request({ action: "authenticate", token: bad });
      expect(reply).toMatchObject({ status: "error", code: "unauthorized", action: "authenticate" });
      if (bad) expect(reply.message).not.toContain(bad.slice(0, 10));
    }
    expect(await client.request({ action: "subscribe", topic: "x" })).toMatchObject({ status: "success" });
  });
}
