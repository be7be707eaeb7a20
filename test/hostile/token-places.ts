import { type Client, connect } from "../support/client.ts";
import { askForStream, streamPath } from "../support/event-stream.ts";
import { rawRequest } from "../support/raw-http.ts";
import { rawUpgrade } from "../support/raw-websocket.ts";
import type { Server } from "../support/spawn-server.ts";
import { token } from "../support/token.ts";

/** What became of a token: the user that it made, or a status, or the code and reason of a close. */
export type Fate = string | number;

/** Shows a token to a server and tells what became of it. */
export type Place = (given: string) => Promise<Fate>;

const bearer = (given: string) => [["Authorization", `Bearer ${given}`]] as const;

/** Those that an upgrade looks at. */
export function upgradePlaces(server: Server): Record<string, Place> {
  return {
    header: (given) => upgraded(server, { headers: { Authorization: `Bearer ${given}` } }),
    subprotocol: (given) => upgraded(server, { protocols: ["topichub.v1", `bearer.${given}`] }),
    query: (given) => upgraded(server, { path: `/ws?token=${encodeURIComponent(given)}` }),
    cookie: (given) => upgraded(server, { headers: { Cookie: `access_token_cookie=${given}` } }),
  };
}

/** The user whom an upgrade lets in, or the status with which it is refused. */
export async function upgraded(server: Server, options: Parameters<typeof rawUpgrade>[1]): Promise<Fate> {
  const answer = await rawUpgrade(server, { protocols: ["topichub.v1"], ...options });
  if (!answer.upgraded) return answer.status;
  await using socket = answer.socket;
  return JSON.parse(await socket.next()).user;
}

/** Those of a request over HTTP. */
export function httpPlaces(server: Server): Record<string, Place> {
  return {
    publish: async (given) => {
      const request = { method: "POST", target: "/publish", headers: bearer(given), body: "{" };
      const { status, headers } = await rawRequest(server, request);
      // Past its token: the body is none.
      return headers.get("x-topichub-error") === "invalid_json" ? "let in" : status;
    },
    stream: async (given) => {
      const answer = await askForStream(server, streamPath(["a"]), { token: given });
      if ("status" in answer) return answer.status;
      await answer[Symbol.asyncDispose]();
      return "let in";
    },
  };
}

/** The message `authenticate`, on a connection that is open already. */
export async function renewal(server: Server): Promise<{ place: Place; client: Client }> {
  const client = await connect(server, { token: await token({ sub: "renewing" }) });
  const place: Place = async (given) => {
    const { code, message } = await client.request({ action: "authenticate", token: given }, 5000);
    // Past its checks: it is another user's.
    return message === "The token is another user's" ? "let in" : String(code);
  };
  return { place, client };
}

/** The first message of a server that asks for it there. */
export function firstMessage(server: Server): Place {
  return async (given) => {
    await using client = await connect(server, { awaitsWelcome: false });
    client.send({ action: "authenticate", token: given });
    const welcome = client.nextMatching(({ type }) => type === "welcome", 5000);
    const closed = client.closed.then(({ code, reason }) => `${code} ${reason}`);
    // Awaited here, or it would be closed before.
    return await Promise.race([closed, welcome.then(({ user }) => String(user))]);
  };
}
