import { expect } from "bun:test";
import { connect } from "../support/client.ts";
import { getJson, postJson } from "../support/http.ts";
import type { Server } from "../support/spawn-server.ts";
import { token } from "../support/token.ts";

/** Somebody who is connected while others do harm. */
export interface Bystander extends AsyncDisposable {
  /** Fails where the bystander has missed or got anything, or the server is another one, sick, or told of a stack. */
  unharmed(): Promise<void>;
}

const TOPIC = "bystander";
// A line of a stack, in a log of either format.
const STACK = /(\\n|^)\s+at .+:\d+:\d+|\w+Error: .+\(.+\.[jt]s:\d+/m;

/** Connects one, whose tokens are signed with the tests' own secret. */
export async function bystander(server: Server): Promise<Bystander> {
  const claims = { sub: "bystander", topics: { subscribe: [TOPIC], publish: [TOPIC] } };
  const client = await connect(server, { token: await token(claims) });
  await client.request({ action: "subscribe", topic: TOPIC });
  let count = 0;
  return {
    async unharmed() {
      const data = ++count;
      const given = { token: await token(claims) };
      expect((await postJson(server, "/publish", { topic: TOPIC, data }, given)).status).toBe(200);
      expect(await client.next(5000)).toMatchObject({ topic: TOPIC, data });
      expect(client.unread).toEqual([]);
      expect((await getJson(server, "/healthz")).json).toMatchObject({ runtime: server.runtime });
      // It throws where the process is gone.
      process.kill(server.pid, 0);
      expect(server.stderr()).not.toMatch(STACK);
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
