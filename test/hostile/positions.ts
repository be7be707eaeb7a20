import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { type Client, connect, type Message } from "../support/client.ts";
import { askForStream, streamPath } from "../support/event-stream.ts";
import { getJson, postJson } from "../support/http.ts";
import { rawRequest } from "../support/raw-http.ts";
import { sharedServer } from "../support/shared-server.ts";
import { spawnServer } from "../support/spawn-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { bystander } from "./bystander.ts";

const config = {
  limits: { messages_per_second: 100_000, message_burst: 100_000, connections_per_user: 1000 },
  topics: [{ match: "kept:*", history: { size: 16, ttl_s: 60 } }],
};
const OWN = { sub: "own", topics: { subscribe: ["kept:own*"], publish: [] } };
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString("base64url");

/** A text with each of its characters changed, and cut after each. */
function spoiled(text: string): string[] {
  const other = (character: string) => (character === "A" ? "B" : "A");
  const changed = [...text].map((it, at) => text.slice(0, at) + other(it) + text.slice(at + 1));
  return [...changed, ...[...text].map((_, at) => text.slice(0, at)), `${text}A`, `${text}=`, `A${text}`];
}

/** Cursors, event ids and positions that were tampered with. */
export function positions(target: Target): void {
  const server = sharedServer(target, { config });
  const admin = async () => ({ token: await token({ sub: "admin", admin: true }) });

  /** What is kept of two topics, of which one is somebody else's. */
  const publish = async (): Promise<Message[]> => {
    const messages = Array.from({ length: 12 }, (_, n) => [
      { topic: "kept:own", data: `own ${n}` },
      { topic: "kept:secret", data: `secret ${n}` },
    ]).flat();
    const { json } = await postJson(server(), "/publish", { messages }, await admin());
    return (json.published as Message[]).filter(({ topic }) => topic === "kept:own");
  };
  const harmless = async (harm: () => Promise<void>) => {
    await using beside = await bystander(server());
    await harm();
    await beside.unharmed();
  };

  describe("the cursor of a list", () => {
    test("is good for that list only, and as it was", () =>
      harmless(async () => {
        const clients: Client[] = [];
        for (const sub of ["a", "b", "c"])
          clients.push(await connect(server(), { token: await token({ sub }) }));
        for (const client of clients)
          await client.request({ action: "subscribe", topics: ["kept:own", "x", "y"] });
        const lists = ["/topics", "/connections", "/topics/x/presence", "/topics/y/presence"];
        const cursors = new Map<string, string>();
        for (const list of lists) {
          const { json } = await getJson(server(), `${list}?limit=1`, await admin());
          cursors.set(list, String(json.cursor));
        }
        const fate = async (list: string, cursor: string) => {
          const path = `${list}?cursor=${encodeURIComponent(cursor)}`;
          const { status, json } = await getJson(server(), path, await admin());
          return json.code === undefined ? status : `${status} ${json.code}`;
        };
        await using elsewhere = await spawnServer(target, { config });
        await using _ = await connect(elsewhere, { token: await token({ sub: "a" }) });
        for (const list of lists)
          for (const [of, cursor] of cursors)
            expect([list, of, await fate(list, cursor)]).toEqual([
              list,
              of,
              list === of ? 200 : "400 invalid_message",
            ]);
        const good = cursors.get("/topics") ?? "";
        const [position = "", signature = ""] = good.split(".");
        const odd = [
          ...spoiled(good),
          ...["", ".", "..", position, `${position}.`, `.${signature}`, `${signature}.${position}`],
          ...[`${good}.`, `${good}.${signature}`, ` ${good}`, `${good} `, `${good}\n`, good.toLowerCase()],
          ...[`${base64("zzz")}.${signature}`, `${base64("\0")}.${signature}`, `${base64("")}.${signature}`],
          ...["null", "0", "-1", "x", "é€\u{1f600}", "\0", "__proto__", "[]", '{"after":"x"}'],
          ...[
            `${base64(new Uint8Array([0xff, 0xfe]))}.${signature}`,
            "A".repeat(4096),
            `${"A".repeat(4000)}.A`,
          ],
          ...[base64(gzipSync("x".repeat(1_000_000))), base64(`${"[".repeat(1000)}${"]".repeat(1000)}`)],
        ];
        for (const cursor of odd)
          expect([cursor, await fate("/topics", cursor)]).toEqual([cursor, "400 invalid_message"]);
        const theirs = await getJson(elsewhere, "/connections?limit=1", await admin());
        const twice = await getJson(server(), `/topics?cursor=${good}&cursor=${good}`, await admin());
        expect([theirs.json.cursor, twice.status]).toEqual([null, 400]);
        await using more = await connect(elsewhere, { token: await token({ sub: "b" }) });
        await more.request({ action: "subscribe", topics: ["kept:own", "x", "y"] });
        for (const list of ["/topics", "/connections"]) {
          const { json } = await getJson(elsewhere, `${list}?limit=1`, await admin());
          expect([list, await fate(list, String(json.cursor))]).toEqual([list, "400 invalid_message"]);
        }
        // Nobody gets further with it than without.
        const stranger = { token: await token({ sub: "stranger" }) };
        expect((await getJson(server(), `/topics?cursor=${good}`, stranger)).status).toBe(403);
        for (const client of clients) await client.close();
      }));

    test("of 1 MB is refused by whoever sees it first", () =>
      harmless(async () => {
        const headers = [["Authorization", `Bearer ${(await admin()).token}`]] as const;
        const target = `/topics?cursor=${"A".repeat(1_000_000)}`;
        const status = await rawRequest(server(), { target, headers }).then(
          (answer) => answer.status,
          (error: Error) => error.message,
        );
        expect(String(status)).toMatch(/^(400|413|414|431|.*the connection ended .*)$/s);
      }));
  });

  describe("an event id", () => {
    /** What a stream that goes on from an id tells first, and what it is sent of the past. */
    const resumed = async (lastId: string, topics: readonly string[], given: string) => {
      const answer = await askForStream(server(), streamPath(topics), { token: given, lastId });
      if ("status" in answer) return { status: answer.status, replayed: [] as Message[] };
      await using stream = answer;
      const reply: Message = await stream.nextData();
      const results = reply.topics ?? [reply];
      const replayed: Message[] = [];
      // It is known from the replies how much is to come.
      const [own = {}] = results;
      if (own.recovered === true && own.offset !== undefined) {
        await postJson(server(), "/users/own/messages", { data: "the end" }, await admin());
        for (let event: Message = await stream.nextData(); !event.direct; event = await stream.nextData())
          replayed.push(event);
      }
      return { status: 200, results, replayed };
    };

    /** Of what was replayed nothing was somebody else's, and each publication came once and in its place. */
    const isHonest = (replayed: readonly Message[], last: number) => {
      const offsets = replayed.map(({ offset = 0 }) => offset);
      expect(replayed.every(({ topic }) => topic === "kept:own")).toBe(true);
      expect(offsets).toEqual(offsets.map((_, at) => last - offsets.length + 1 + at));
    };

    test("says where a stream stood or, tampered with, nothing, and never opens what is not granted", () =>
      harmless(async () => {
        const last = (await publish()).at(-1);
        const own = await token(OWN);
        const whole = await token({ sub: "whole" });
        await using stream = await (async () => {
          const answer = await askForStream(server(), streamPath(["kept:own", "kept:*"]), { token: whole });
          if ("status" in answer) throw new Error(`refused with ${answer.status}`);
          return answer;
        })();
        await stream.next();
        const { lastId } = stream;
        const { offset = 0 } = (await publish()).at(-1) ?? {};
        expect(lastId.length).toBeGreaterThan(20);
        for (const id of [lastId, ...spoiled(lastId)]) {
          const { status, results = [], replayed } = await resumed(id, ["kept:own"], own);
          expect([id, status, results.length]).toEqual([id, 200, 1]);
          isHonest(replayed, offset);
          if (id === lastId) expect([results[0]?.recovered, replayed.length]).toEqual([true, 12]);
        }
        for (const topics of [["kept:secret"], ["kept:*"], ["kept:own", "kept:secret"]])
          expect((await resumed(lastId, topics, own)).status).toBe(403);
        const epoch = JSON.stringify(last?.epoch);
        const made = [
          `[${epoch},{"kept:own":${offset - 2}}]`,
          `[${epoch},{"kept:own":${offset - 2},"kept:own":${offset - 1}}]`,
        ];
        for (const [at, text] of made.entries()) {
          const { results, replayed } = await resumed(base64(text), ["kept:own"], own);
          expect([text, results?.[0]?.recovered, replayed.length]).toEqual([text, true, 2 - at]);
          isHonest(replayed, offset);
        }
        const nothing = [
          ...[
            `${offset + 1}`,
            "9007199254740991",
            "9007199254740993",
            "1e400",
            "-1",
            "-0.5",
            "null",
            '"1"',
            "[]",
          ].map((it) => `[${epoch},{"kept:own":${it}}]`),
          ...[
            `["other",{"kept:own":${offset}}]`,
            `[{},{"kept:own":${offset}}]`,
            `[null,{"kept:own":${offset}}]`,
          ],
          ...[
            `["",{"kept:own":0}]`,
            `[${epoch}]`,
            `[${epoch},[${offset}]]`,
            `[${epoch},{}]`,
            "[]",
            "{}",
            "null",
          ],
          ...[`{"0":${epoch},"1":{"kept:own":${offset}}}`, `[${epoch},{"__proto__":{"kept:own":${offset}}}]`],
          `[${epoch},{"kept:own":${"[".repeat(1400)}${"]".repeat(1400)}}]`,
          `${"[".repeat(3000)}`,
          `[${"9".repeat(2900)}]`,
          `[${epoch},{${Array.from({ length: 200 }, (_, at) => `"t${at}":0`).join()}}]`,
        ].map((text) => base64(text));
        const bytes = [
          base64(gzipSync(`[${epoch},{"kept:own":${offset}}]`)),
          base64(new Uint8Array(64).fill(255)),
        ];
        const texts = [
          "Stop",
          "stopstop",
          "0",
          "x",
          "A".repeat(4096),
          "A".repeat(8000),
          "a b",
          "%00",
          "=",
          "..",
          "é",
        ];
        for (const id of [...nothing, ...bytes, ...texts]) {
          const { status, results, replayed } = await resumed(id, ["kept:own"], own);
          expect([id, status, results?.[0]?.recovered, replayed]).toEqual([id, 200, false, []]);
        }
        const patterns = [
          "5",
          "[]",
          "[0]",
          `[0,[]]`,
          `["0",{}]`,
          "[-1,{}]",
          "[1e400,{}]",
          `[0,{"":"x"}]`,
          `[0,{},1]`,
        ];
        for (const text of patterns) {
          const id = base64(`[${epoch},{"kept:own*":${text}}]`);
          const { status, results, replayed } = await resumed(id, ["kept:own*"], own);
          expect([text, status, results?.length]).toEqual([text, 200, 1]);
          isHonest(replayed, offset);
        }
        expect((await resumed("stop", ["kept:own"], own)).status).toBe(204);
      }));
  });

  test("a position over HTTP is read as it is written, and tells of nothing but its topic", () =>
    harmless(async () => {
      // More than are kept.
      await publish();
      const published = await publish();
      const { epoch, offset = 0 } = published.at(-1) ?? {};
      const own = { token: await token(OWN) };
      const ask = async (since: string) =>
        getJson(server(), `/topics/kept:own/history?since=${encodeURIComponent(since)}`, own);
      const bad = [
        "",
        ":",
        `${epoch}`,
        `${epoch}:`,
        `:${offset}`,
        `${epoch}:-1`,
        `${epoch}:1.5`,
        `${epoch}:1e3`,
      ];
      const odd = [
        " 1",
        "+1",
        "0x1",
        "1n",
        "\u0663",
        "1\0",
        "1\n",
        "1:1",
        "1 ",
        "null",
        "9".repeat(400),
        "9007199254740993",
      ];
      for (const since of [...bad, ...odd.map((it) => `${epoch}:${it}`)]) {
        const { status, json } = await ask(since);
        expect([since, status, json.code]).toEqual([since, 400, "invalid_message"]);
      }
      const lost = [
        `other:${offset}`,
        `${"e".repeat(4000)}:1`,
        `__proto__:1`,
        `\0:1`,
        `\u{1f600}:1`,
        ` ${epoch}:${offset}`,
      ];
      for (const since of [...lost, `${epoch}:${offset + 1}`, `${epoch}:9007199254740991`, `${epoch}:0`]) {
        const { status, json } = await ask(since);
        expect([since, status, json.recovered, json.publications]).toEqual([since, 200, false, []]);
      }
      for (const back of [0, 1, 4]) {
        const { json } = await ask(`${epoch}:${offset - back}`);
        const found = json.publications as Message[];
        expect([json.recovered, found.map((it) => it.offset)]).toEqual([
          true,
          [3, 2, 1, 0].filter((n) => n < back).map((n) => offset - n),
        ]);
        expect(found.every(({ topic }) => topic === "kept:own")).toBe(true);
      }
      expect((await getJson(server(), "/topics/kept:secret/history", own)).status).toBe(403);
      const twice = `since=${epoch}:${offset}&since=${epoch}:0`;
      expect((await getJson(server(), `/topics/kept:own/history?${twice}`, own)).status).toBe(400);
      for (const limit of [
        "",
        "-1",
        "1.5",
        "1e3",
        "0x1",
        "\u0661",
        "1001",
        "10000",
        " 1",
        "1 ",
        "null",
        "9".repeat(400),
      ])
        expect([
          limit,
          (await getJson(server(), `/topics/kept:own/history?limit=${encodeURIComponent(limit)}`, own))
            .status,
        ]).toEqual([limit, 400]);
    }));

  test("a position over a WebSocket brings what is its topic's, or nothing", () =>
    harmless(async () => {
      const published = await publish();
      const { epoch = "", offset = 0 } = published.at(-1) ?? {};
      await using client = await connect(server(), { token: await token(OWN) });
      const subscribe = (topic: string, since: unknown) =>
        client.request({ action: "subscribe", topic, since });
      for (const since of [
        `${epoch}:${offset}`,
        offset,
        [],
        [epoch, offset],
        {},
        { epoch },
        { offset },
        null,
        true,
      ])
        expect([since, (await subscribe("kept:own", since)).code]).toEqual([since, "invalid_message"]);
      await using again = await connect(server(), { token: await token(OWN) });
      const lost = [
        "",
        "other",
        "__proto__",
        epoch.toUpperCase(),
        `${epoch} `,
        "\0",
        "\ud800",
        "e".repeat(60_000),
      ];
      for (const other of lost)
        expect([
          other.slice(0, 9),
          (await again.request({ action: "subscribe", topic: "kept:own", since: { epoch: other, offset } }))
            .recovered,
        ]).toEqual([other.slice(0, 9), other === epoch]);
      const pattern = await again.request({ action: "subscribe", topic: "kept:own*" });
      const { floor = 0 } = pattern;
      const wide = {
        "kept:own": offset,
        "kept:secret": 0,
        "*": 0,
        "": 0,
        "kept:own*": floor,
      };
      const many = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`kept:own${at}`, floor]));
      for (const offsets of [wide, many, { ...many, "kept:own": offset }]) {
        const since = { epoch, floor, offsets };
        const reply = await again.request({ action: "subscribe", topic: "kept:own*", since });
        expect(reply.status).toBe("success");
      }
      const huge = { epoch, floor: 9_007_199_254_740_991, offsets: {} };
      expect((await again.request({ action: "subscribe", topic: "kept:own*", since: huge })).recovered).toBe(
        false,
      );
      expect(again.unread.every(({ topic }) => topic === "kept:own")).toBe(true);
    }));
}
