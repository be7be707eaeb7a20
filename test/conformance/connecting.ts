import { describe, expect, test } from "bun:test";
import { connect, type Refusal, SUBPROTOCOL, type Via } from "../support/client.ts";
import { getJson } from "../support/http.ts";
import { rawBytes, rawRequest } from "../support/raw-http.ts";
import { rawUpgrade } from "../support/raw-websocket.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Server } from "../support/spawn-server.ts";
import type { Target } from "../support/targets.ts";
import { rawToken, token } from "../support/token.ts";

const in10Minutes = () => Math.floor(Date.now() / 1000) + 600;

/** Status, header and body's code of a refusal. */
async function refusalOf(at: Server, options: Parameters<typeof rawUpgrade>[1]): Promise<unknown[]> {
  const answer = await rawUpgrade(at, options);
  if (answer.upgraded) throw new Error("the server let it in");
  return [answer.status, answer.headers.get("x-topichub-error"), JSON.parse(answer.body).code];
}

export function connecting(target: Target): void {
  const server = sharedServer(target);

  /** What a raw client gets whose upgrade is refused. */
  const refusal = async (options: Parameters<typeof connect>[1]): Promise<Refusal> => {
    const outcome = await connect(server(), options).catch((error: Refusal) => error);
    if (!(outcome instanceof Error)) throw new Error("the server let it in");
    return outcome;
  };
  const expectRefusal = (
    refused: Pick<Refusal, "status" | "headers" | "json">,
    status: number,
    code: string,
  ) => {
    expect({ status: refused.status, header: refused.headers.get("x-topichub-error") }).toEqual({
      status,
      header: code,
    });
    expect(refused.json).toMatchObject({ status: "error", code, message: expect.any(String) });
    expect(refused.headers.get("content-type")).toContain("application/json");
  };

  for (const via of ["header", "subprotocol", "query", "cookie"] as Via[])
    test(`a token in the ${via} lets its user in`, async () => {
      await using client = await connect(server(), { token: await token({ sub: "kim" }), via });
      expect(client.protocol).toBe(SUBPROTOCOL);
      expect(client.welcome).toMatchObject({ type: "welcome", user: "kim", ping_interval_ms: 25_000 });
    });

  test("welcome says who, where and until when", async () => {
    const exp = in10Minutes();
    await using client = await connect(server(), { token: await token({ exp }) });
    expect(client.welcome).toEqual({
      type: "welcome",
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      features: expect.any(Array),
      connection: expect.stringMatching(/^[0-9a-f-]{36}$/),
      user: "alex",
      ping_interval_ms: 25_000,
      expires_at: exp * 1000,
    });
  });

  test("a client that offers no subprotocol gets none, and no welcome", async () => {
    await using client = await connect(server(), { token: await token(), protocols: [] });
    expect(client.protocol).toBeUndefined();
    await client.expectSilence();
  });

  test("the first token that is present decides", async () => {
    const [good, bad] = [await token(), await token({}, { secret: "another secret of thirty-two bytes!" })];
    const places = (tokens: [string, string, string, string]) => ({
      token: tokens[0],
      protocols: [SUBPROTOCOL, `bearer.${tokens[1]}`],
      path: `/ws?token=${tokens[2]}`,
      headers: { Cookie: `access_token_cookie=${tokens[3]}` },
    });
    await using client = await connect(server(), places([good, bad, bad, bad]));
    expect(client.welcome).toBeDefined();
    expectRefusal(await refusal(places([bad, good, good, good])), 401, "unauthorized");
    const later = { protocols: [SUBPROTOCOL, `bearer.${bad}`], path: `/ws?token=${good}` };
    expectRefusal(await refusal(later), 401, "unauthorized");
    const last = { path: `/ws?token=${bad}`, headers: { Cookie: `access_token_cookie=${good}` } };
    expectRefusal(await refusal(last), 401, "unauthorized");
  });

  const refusedTokens: Record<string, () => string | Promise<string>> = {
    "no JWT": () => "nonsense",
    empty: () => "",
    "signed with another key": () => token({}, { secret: "another secret of thirty-two bytes!" }),
    "of another algorithm": () => token({}, { alg: "HS512" }),
    unsigned: () => rawToken({ alg: "none", typ: "JWT" }, { sub: "alex", exp: in10Minutes() }, ""),
    expired: () => token({ exp: 1_000_000_000 }),
    "not valid yet": () => token({ nbf: in10Minutes() }),
    "without exp": () => token({ exp: undefined }),
    "with exp as text": () => token({ exp: String(in10Minutes()) }),
    "without sub": () => token({ sub: undefined }),
    "with a number as sub": () => token({ sub: 7 }),
    "with an empty sub": () => token({ sub: "" }),
    "with a control character in sub": () => token({ sub: "al\u0007ex" }),
    "with a sub of 256 bytes": () => token({ sub: "x".repeat(256) }),
    "with an unknown crit": () =>
      rawToken({ alg: "HS256", typ: "JWT", crit: ["b64"] }, { sub: "alex", exp: in10Minutes() }),
    "over 8 KiB": () => token({ filler: "x".repeat(8192) }),
  };
  for (const [name, make] of Object.entries(refusedTokens))
    test(`a token ${name} is 401, and not quoted`, async () => {
      const bad = await make();
      const refused = await refusal({ token: bad });
      expectRefusal(refused, 401, "unauthorized");
      expect(refused.headers.get("www-authenticate")).toStartWith("Bearer");
      if (bad.length > 8) expect(refused.body).not.toContain(bad.slice(0, 9));
    });

  test("no token is 401", async () => {
    const refused = await refusal({});
    expectRefusal(refused, 401, "unauthorized");
    expect(refused.headers.get("www-authenticate")).toBe("Bearer");
  });

  test("a token of 100 KB is refused, wherever it stands", async () => {
    const long = "x".repeat(100_000);
    for (const via of ["header", "query", "cookie"] as Via[]) {
      const { status } = await refusal({ token: long, via });
      expect([400, 401, 413, 414, 431]).toContain(status);
    }
    expect((await getJson(server(), "/healthz")).status).toBe(200);
  });

  test("a request without an upgrade is 426", async () => {
    const { status, headers, json } = await getJson(server(), "/ws");
    expect({ status, code: json.code, header: headers.get("x-topichub-error") }).toEqual({
      status: 426,
      code: "invalid_message",
      header: "invalid_message",
    });
  });

  test("a handshake that RFC 6455 does not know is refused", async () => {
    const Authorization = `Bearer ${await token()}`;
    const attempt = (headers: Record<string, string | undefined>) =>
      rawUpgrade(server(), { headers: { Authorization, ...headers } });
    const old = await attempt({ "Sec-WebSocket-Version": "8" });
    expect([old.status, old.headers.get("sec-websocket-version")]).toEqual([426, "13"]);
    expect((await attempt({ "Sec-WebSocket-Key": "short" })).status).toBe(400);
    expect((await attempt({ "Sec-WebSocket-Key": undefined })).status).toBe(400);
  });

  test("subprotocols without topichub.v1 are 400", async () => {
    const good = await token();
    expectRefusal(await refusal({ token: good, protocols: ["mqtt", "wamp.2.json"] }), 400, "invalid_message");
    expectRefusal(await refusal({ token: good, via: "subprotocol", protocols: [] }), 400, "invalid_message");
  });

  for (const offer of ["topichub.v1, topichub.v1", "topichub.v1,", "", "topichub.v1, a b", "topichub.v1;q=1"])
    test(`an offer of '${offer}' is malformed`, async () => {
      const headers = { Authorization: `Bearer ${await token()}`, "Sec-WebSocket-Protocol": offer };
      const answer = await rawUpgrade(server(), { headers });
      if (answer.upgraded) throw new Error("the server let it in");
      expectRefusal(answer, 400, "invalid_message");
    });

  test("an upgrade that the connection does not ask for is 426, and of another method none", async () => {
    const headers = { Authorization: `Bearer ${await token()}` };
    const without = await rawUpgrade(server(), { headers: { ...headers, Connection: "close" } });
    if (without.upgraded) throw new Error("the server let it in");
    expectRefusal(without, 426, "invalid_message");
    for (const [method, status] of [
      ["HEAD", 426],
      ["POST", 404],
      ["PUT", 404],
    ] as const) {
      const answer = await rawUpgrade(server(), { method, headers });
      expect([method, answer.status]).toEqual([method, status]);
    }
  });

  test("topichub.v1 is the only subprotocol ever selected", async () => {
    await using client = await connect(server(), {
      protocols: [`bearer.${await token()}`, "mqtt", SUBPROTOCOL],
    });
    expect(client.protocol).toBe(SUBPROTOCOL);
  });

  describe("origins", () => {
    const attempt = async (Origin: string) =>
      rawUpgrade(server(), { headers: { Origin, Authorization: `Bearer ${await token()}` } });
    test("the same host may connect", async () => {
      const answer = await attempt(server().url);
      expect(answer.status).toBe(101);
      if (answer.upgraded) await answer.socket[Symbol.asyncDispose]();
    });
    for (const origin of ["https://evil.example", "null", "http://127.0.0.1", "not a url", "HOST"])
      test(`'${origin}' may not`, async () => {
        // Another scheme than the web's, with the right host.
        const answer = await attempt(origin === "HOST" ? server().url.replace("http", "foo") : origin);
        if (answer.upgraded) throw new Error("the server let it in");
        expectRefusal(answer, 403, "forbidden");
      });
  });

  test("the checks come in the order of the protocol", async () => {
    const foreign = { Origin: "https://evil.example" };
    expectRefusal(await refusal({ protocols: ["mqtt"], headers: foreign }), 400, "invalid_message");
    expectRefusal(await refusal({ headers: foreign, token: "bad" }), 403, "forbidden");
    const plain = await rawRequest(server(), {
      target: "/ws",
      headers: [
        ["Sec-WebSocket-Protocol", "mqtt"],
        ["Origin", "https://evil.example"],
      ],
    });
    expect(plain.status).toBe(426);
  });

  test("what is not offered says so, and what is not there is 404", async () => {
    for (const path of ["/metrics", "/openapi.json", "/asyncapi.json"]) {
      const { status, json } = await getJson(server(), path);
      expect([path, status, json.code]).toEqual([path, 501, "unavailable"]);
    }
    const { status, json } = await getJson(server(), "/nowhere");
    expect([status, json]).toEqual([
      404,
      { status: "error", code: "not_found", message: "No such route: GET /nowhere" },
    ]);
  });

  test("it is alive and ready, and says on what", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      const { status, json } = await getJson(server(), path);
      expect([status, json]).toEqual([
        200,
        {
          status: "success",
          runtime: target.runtime,
          version: expect.any(String),
          uptime_s: expect.any(Number),
        },
      ]);
    }
  });

  test("a request without a host, as HTTP/1.0 has it, is answered", async () => {
    const { text } = await rawBytes(server(), "GET /healthz HTTP/1.0\r\n\r\n", 1000);
    // Bun gives no URL then: what it makes of the target must reach no route.
    expect(text).toMatch(target.capabilities.routesWithoutHost ? /^HTTP\/1\.. 200 / : /^HTTP\/1\.. 400 /);
  });

  test("the page says what this is, and lets in no foreign script", async () => {
    const { status, headers, text } = await getJson(server(), "/");
    expect(status).toBe(200);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(text).toContain("/ws");
  });

  describe("limits", () => {
    const limited = sharedServer(target, {
      config: { limits: { connections: 12, connections_per_user: 5 } },
    });
    const status = async (sub: string) => {
      const answer = await rawUpgrade(limited(), {
        headers: { Authorization: `Bearer ${await token({ sub })}` },
      });
      if (answer.upgraded) return { status: 101, socket: answer.socket };
      return {
        status: answer.status,
        code: answer.headers.get("x-topichub-error"),
        retry: answer.headers.get("retry-after"),
      };
    };
    const attempt = (count: number, sub: string) =>
      Promise.all(Array.from({ length: count }, () => status(sub)));
    const tally = (answers: { status: number }[], wanted: number) =>
      answers.filter((it) => it.status === wanted).length;

    test("hold also for connections asked for at once, and end with them", async () => {
      const ofAlex = await attempt(12, "alex");
      expect([tally(ofAlex, 101), tally(ofAlex, 429)]).toEqual([5, 7]);
      expect(ofAlex.find((it) => it.status === 429)).toMatchObject({ code: "limit_reached" });
      const others = await attempt(5, "kim");
      expect(tally(others, 101)).toBe(5);
      const full = await attempt(5, "sam");
      expect([tally(full, 101), tally(full, 503)]).toEqual([2, 3]);
      expect(full.find((it) => it.status === 503)).toMatchObject({
        code: "limit_reached",
        retry: expect.any(String),
      });
      // The origin comes before the process's limit, and that before the token.
      const foreign = { Origin: "https://evil.example" };
      expect(await refusalOf(limited(), { headers: foreign })).toEqual([403, "forbidden", "forbidden"]);
      expect(await refusalOf(limited(), {})).toEqual([503, "limit_reached", "limit_reached"]);
      for (const { socket } of [...ofAlex, ...others, ...full]) await socket?.close();
      const again = await attempt(5, "alex");
      expect(tally(again, 101)).toBe(5);
      for (const { socket } of again) await socket?.close();
    });
  });
}
