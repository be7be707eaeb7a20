import { beforeAll, describe, expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { eventually, within } from "../support/deadline.ts";
import { openDescriptors } from "../support/descriptors.ts";
import { getJson } from "../support/http.ts";
import { connectRaw, type RawConnection, requestBytes } from "../support/raw-http.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { type Case, expectFates } from "./answers.ts";
import { CODINGS, LENGTHS, SIZES } from "./bad-framing.ts";
import { bystander } from "./bystander.ts";

const config = {
  limits: { messages_per_second: 100_000, message_burst: 100_000, connections_per_user: 1000 },
};
const BODY = '{"topic":"open","data":1}';
const SIZE = BODY.length.toString(16);
const POSITIONS = 10;
const SLOW = 200;

/** Bodies of which two parties could say different things, and those that never come. */
export function bodies(target: Target): void {
  const server = sharedServer(target, { config, env: { LOG_LEVEL: "debug" } });

  // Begun before all others, so that little is left to wait for.
  const begun = { "nothing at all": "", "a byte": "G", "half a head": "GET /ws HTTP/1.1\r\nHost: x\r\nX-" };
  const slowHeads: { name: string; connection: RawConnection }[] = [];
  beforeAll(async () => {
    for (const [name, bytes] of Object.entries(begun)) {
      const connection = await connectRaw(server());
      connection.write(bytes);
      slowHeads.push({ name, connection });
    }
  });

  const harmless = async (harm: () => Promise<void>) => {
    await using beside = await bystander(server());
    const before = openDescriptors(server().pid);
    await harm();
    await beside.unharmed();
    await eventually(() => openDescriptors(server().pid) <= before + 5, 10_000, "descriptors to come back");
    expect(server().stderr()).not.toMatch(/"level":"(error|warn)"/);
  };
  const post = async (headers: string, body: string, sub = "outer") =>
    `POST /publish HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await token({ sub })}\r\nContent-Type: application/json\r\n${headers}\r\n${body}`;
  /** A whole request of somebody else, to be taken for one by nobody. */
  const hidden = () => post("Content-Length: 29\r\n", '{"topic":"smuggled","data":1}', "inner");
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
  const length = `Content-Length: ${BODY.length}\r\n`;
  const chunked = "Transfer-Encoding: chunked\r\n";
  const last = "0\r\n\r\n";

  /** Sends what each makes of a body in which a request is hidden, while somebody watches for what that one publishes. */
  const smuggles = async (cases: readonly Case[]) => {
    await using watcher = await connect(server(), { token: await token({ sub: "watcher" }) });
    await watcher.request({ action: "subscribe", topic: "smuggled" });
    await expectFates(server(), cases, { readsOn: true });
    await watcher.request({ action: "ping" });
    expect(watcher.unread).toEqual([]);
  };

  test("two lengths, or a length that is none: refused, and what stands behind is not served", () =>
    harmless(async () => {
      const inner = await hidden();
      const two = [
        length + chunked,
        chunked + length,
        `${length}Content-Length: 5\r\n`,
        `Content-Length: 0\r\n${length}`,
      ];
      const heads = [...LENGTHS.map((text) => `Content-Length: ${text}\r\n`), ...two];
      const cases = await Promise.all(
        heads.flatMap((head) =>
          [BODY + inner, last + inner].map(
            async (body): Promise<Case> => [JSON.stringify([head, body.slice(0, 8)]), await post(head, body)],
          ),
        ),
      );
      await smuggles(cases);
    }));

  test("codings that are not the one: refused, and what stands behind is not served", () =>
    harmless(async () => {
      const inner = await hidden();
      const cases = await Promise.all(
        CODINGS.flatMap((coding) =>
          ["", length].map(
            async (beside): Promise<Case> => [
              JSON.stringify(coding + beside),
              await post(`${coding}\r\n${beside}`, chunk(BODY) + last + inner),
            ],
          ),
        ),
      );
      await smuggles(cases);
    }));

  test("chunks that are none: refused, and what stands behind is not served", () =>
    harmless(async () => {
      const inner = await hidden();
      const broken = [
        ...SIZES.map((size) => `${size}\r\n${BODY}\r\n`),
        `${SIZE}\r\n${BODY}`,
        `${SIZE}\n${BODY}\n`,
        `${SIZE}\r\n${BODY}xx`,
        `${SIZE}\r${BODY}\r`,
        `5\r\n${BODY}\r\n`,
      ];
      const cases = await Promise.all(
        broken.map(
          async (body): Promise<Case> => [JSON.stringify(body), await post(chunked, body + last + inner)],
        ),
      );
      await smuggles(cases);
    }));

  test("what RFC 9112 has one meaning for is taken for that", () =>
    harmless(async () => {
      const inner = await hidden();
      const after = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
      const get = (headers: string, body: string) =>
        `GET /healthz HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;
      const whole = target.capabilities.pipelines ? /^200 200$/ : /^(200 200|closed)$/;
      const refused = /^(200 200|(200 )?(4\d\d( closed)?|closed))$/;
      await smuggles([
        ["chunks", await post(chunked, chunk(BODY) + last + after), whole],
        ["chunks of one byte", await post(chunked, [...BODY].map(chunk).join("") + last + after), whole],
        ["CHUNKED", await post("TRANSFER-ENCODING: CHUNKED\r\n", chunk(BODY) + last + after), refused],
        [
          "a tab before the coding",
          await post("Transfer-Encoding:\tchunked\r\n", chunk(BODY) + last + after),
          refused,
        ],
        ["zeros before a size", await post(chunked, `0000${chunk(BODY)}${last}${after}`), refused],
        ["an extension", await post(chunked, `${SIZE};a=b\r\n${BODY}\r\n${last}${after}`), refused],
        ["a trailer", await post(chunked, `${chunk(BODY)}0\r\nX-A: b\r\n\r\n${after}`), refused],
        [
          "a trailer that frames",
          await post(chunked, `${chunk(BODY)}0\r\nContent-Length: 900\r\n\r\n${after}`),
          refused,
        ],
        ["a space before a length", await post(`Content-Length:   ${BODY.length}\r\n`, BODY + after), whole],
        ["a GET with a body", get(`Content-Length: ${inner.length}\r\n`, inner + after), refused],
        ["a GET with chunks", get(chunked, chunk(inner) + last + after), refused],
        [
          "a request as the body of another",
          await post(`Content-Length: ${inner.length}\r\n`, inner + after),
          /^(400( 200| closed)?|closed)$/,
        ],
        [
          "a request as a refused body",
          `POST /publish HTTP/1.1\r\nHost: x\r\nContent-Length: ${inner.length}\r\n\r\n${inner}${after}`,
          /^401( 200| closed)?$/,
        ],
        [
          "more than was announced",
          await post(length, `${BODY}}}}}\r\n\r\n`),
          /^((200 )?4\d\d( closed)?|200 closed)$/,
        ],
      ]);
    }));

  describe("broken off", () => {
    const heads = async (): Promise<[string, Buffer][]> => {
      const headers = [["Authorization", `Bearer ${await token()}`]] as const;
      const socket = [
        ["Upgrade", "websocket"],
        ["Connection", "Upgrade"],
        ["Sec-WebSocket-Version", "13"],
        ["Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="],
      ] as const;
      return [
        ["a head", requestBytes(server(), { target: "/healthz", headers })],
        ["an upgrade", requestBytes(server(), { target: "/ws", headers: [...headers, ...socket] })],
        ["a stream", requestBytes(server(), { target: "/sse?topic=x", headers })],
        ["a body", Buffer.from(await post(length, BODY))],
        ["chunks", Buffer.from(await post(chunked, [...BODY].map(chunk).join("") + last))],
      ];
    };
    for (const how of ["reset", "end"] as const)
      test(`by ${how === "end" ? "an" : "a"} ${how}, at each of some places: nothing is left, and nothing is told`, () =>
        harmless(async () => {
          for (const [, bytes] of await heads())
            for (let round = 0; round < 3; round++) {
              const places = Array.from({ length: POSITIONS }, (_, at) =>
                Math.ceil((bytes.length * (at + 1)) / POSITIONS),
              );
              const connections = await Promise.all(
                places.map(async (place) => {
                  const connection = await connectRaw(server());
                  connection.write(bytes.subarray(0, place));
                  // What is whole is answered: then it is broken off.
                  await getJson(server(), "/healthz");
                  connection[how]();
                  return connection;
                }),
              );
              await getJson(server(), "/healthz");
              if (how === "end") for (const connection of connections) connection.reset();
            }
          const admin = await token({ sub: "admin", admin: true });
          const isEmpty = async () =>
            ((await getJson(server(), "/connections", { token: admin })).json.connections as unknown[])
              .length === 1;
          await eventually(isEmpty, 10_000, "nobody but the bystander");
        }));
  });

  test("slow ones, of a head or of a body: others are served meanwhile", () =>
    harmless(async () => {
      const part = await post("Content-Length: 100\r\n", "{", "slow");
      const slow = await Promise.all(
        Array.from({ length: SLOW }, async (_, at) => {
          const connection = await connectRaw(server());
          connection.write(at % 2 === 0 ? "G" : part);
          return connection;
        }),
      );
      const before = performance.now();
      await using client = await connect(server(), { token: await token({ sub: "other" }) });
      expect(await client.request({ action: "ping" })).toMatchObject({ message: "pong" });
      expect((await getJson(server(), "/healthz")).status).toBe(200);
      expect(performance.now() - before).toBeLessThan(2000);
      for (const connection of slow) connection.reset();
    }));

  if (target.capabilities.hasUpgradeEvent)
    test("a body that nobody reads, and that does not come, ends its connection behind the answer", () =>
      harmless(async () => {
        for (const line of ["GET /healthz", "GET /nowhere", "HEAD /healthz"]) {
          const connection = await connectRaw(server());
          connection.write(`${line} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{`);
          await within(connection.ended, 5000, `the end of ${line}`);
        }
      }));

  if (target.capabilities.dropsSlowHeads)
    test("a head that does not come is given up", async () => {
      expect(slowHeads.length).toBe(3);
      for (const { name, connection } of slowHeads)
        await within(connection.ended, 14_000, `the end of a connection that sent ${name}`);
    });
}
