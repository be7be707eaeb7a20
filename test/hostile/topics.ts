import { describe, expect, test } from "bun:test";
import { type Client, connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { askForStream, openStream, streamPath } from "../support/event-stream.ts";
import { deleteJson, getJson, postJson } from "../support/http.ts";
import { rawRequest } from "../support/raw-http.ts";
import { openSocket, rawUpgrade } from "../support/raw-websocket.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { closePayload, Opcode } from "../support/ws-frames.ts";
import { BREAKING, goodTopics, noTopics } from "./bad-topics.ts";
import { bystander } from "./bystander.ts";

const config = {
  limits: {
    messages_per_second: 100_000,
    message_burst: 100_000,
    connections_per_user: 1000,
    subscriptions: 2000,
  },
  topics: [{ match: "kept:*", history: { size: 3, ttl_s: 60 } }],
};

/** Names that were made to be taken for others, or to end a line. */
export function topics(target: Target): void {
  for (const format of ["json", "pretty"] as const)
    describe(`with a log that is ${format}`, () => {
      const server = sharedServer(target, { config, env: { LOG_LEVEL: "debug", LOG_FORMAT: format } });
      const reader = async () => connect(server(), { token: await token({ sub: "reader" }) });

      if (format === "json") names(server, reader);

      test("nothing that somebody sends ends a line of the log, or reaches a terminal as it is", async () => {
        await using beside = await bystander(server());
        const admin = await token({ sub: "admin", admin: true });
        const before = server().stderr().length;
        // A user's name cannot hold a control; what can, and breaks lines for some readers, is tried.
        for (const [at, text] of BREAKING.entries()) {
          const escaped = encodeURIComponent(text.replace(/\p{Cs}/gu, "\ufffd"));
          const user = `u${at}${text.replace(/[\p{Cc}\p{Cs}]/gu, "")}`;
          const { socket } = await connect(server(), { token: await token({ sub: user }) });
          socket.send(JSON.stringify({ action: "subscribe", topic: `evil${text}`, id: text.slice(0, 8) }));
          socket.send(JSON.stringify({ action: text, topic: text }));
          socket.sendFrame(closePayload(4000, text.slice(0, 30)), { opcode: Opcode.Close });
          await socket.closed;
          for (const path of [
            "/",
            "/topics/",
            "/users/",
            "/connections/",
            "/topics?cursor=",
            "/sse?topic=x%20",
            "/ws?x=",
          ])
            await getJson(server(), path + escaped, { token: admin });
          await postJson(
            server(),
            `/users/${escaped}/messages`,
            { data: text, topic: text },
            { token: admin },
          );
          await deleteJson(server(), `/users/x/subscriptions/${escaped}`, { token: admin });
          // What of it a header can hold at all.
          const value = text.replace(/[\0\r\n]/g, "") || "x";
          for (const name of [
            "Origin",
            "Last-Event-ID",
            "Authorization",
            "Idempotency-Key",
            "User-Agent",
            "X-Forwarded-For",
          ]) {
            const headers = [[name, name === "Authorization" ? `Bearer ${value}` : value]] as const;
            await rawRequest(server(), { target: "/sse?topic=x", headers });
            await rawRequest(server(), { method: "POST", target: "/publish", headers, body: text });
          }
        }
        const users = () => server().stderr().split("disconnected").length - 1;
        await eventually(() => users() >= BREAKING.length, 5000, "the ends in the log");
        await beside.unharmed();
        const written = server().stderr().slice(before);
        expect(written.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        const lines = written.split("\n").slice(0, -1);
        expect(lines.length).toBeGreaterThan(BREAKING.length);
        for (const line of lines)
          if (format === "json")
            expect(Object.keys(JSON.parse(line))).toEqual(
              expect.arrayContaining(["time", "level", "message"]),
            );
          else expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} (debug|info |warn |error) /);
      });
    });
}

function names(server: ReturnType<typeof sharedServer>, reader: () => Promise<Client>): void {
  test("what is no topic is none at every door", async () => {
    await using beside = await bystander(server());
    const admin = { token: await token({ sub: "admin", admin: true }) };
    await using client = await reader();
    const bad = noTopics();
    expect(bad.length).toBeGreaterThan(200);
    // A list counts as one message, and each of its entries is judged by itself.
    const selected = bad.map((topic) => ({ topic }));
    for (const action of ["subscribe", "unsubscribe"])
      for (let at = 0; at < selected.length; at += 1000) {
        const { topics = [] } = await client.request({ action, topics: selected.slice(at, at + 1000) });
        for (const { topic, code } of topics)
          expect([action, topic, code]).toEqual([action, topic, "invalid_topic"]);
      }
    const patterns = bad.filter((topic) => !topic.startsWith("x".repeat(200)) && topic !== "");
    const { topics = [] } = await client.request({
      action: "subscribe",
      topics: patterns.map((it) => `${it}*`),
    });
    for (const { topic, code } of topics) expect([topic, code]).toEqual([topic, "invalid_topic"]);
    const messages = bad.map((topic) => ({ topic, data: 1 }));
    for (let at = 0; at < bad.length; at++) {
      const topic = bad[at] ?? "";
      // Each was tried above: at the other doors some of every kind are enough.
      if (at % 7 > 0 && at < bad.length - 14) continue;
      const given = [topic, "invalid_topic"];
      expect([topic, (await postJson(server(), "/publish", messages[at], admin)).json.code]).toEqual(given);
      const batch = { messages: [{ topic: "fine", data: 1 }, messages[at]] };
      expect([topic, (await postJson(server(), "/publish", batch, admin)).json.code]).toEqual(given);
      const direct = await postJson(server(), "/users/reader/messages", messages[at], admin);
      expect([topic, direct.json.code]).toEqual(given);
      // What no URL can hold stands in it as another character.
      if (/\p{Cs}/u.test(topic) || topic === "") continue;
      const stream = await getJson(server(), streamPath(["fine", topic]), admin);
      expect([topic, stream.json.code]).toEqual(given);
      // URL parsers take dots away.
      if (/^\.+$/.test(topic)) continue;
      const path = `/topics/${encodeURIComponent(topic)}`;
      for (const what of ["history", "presence"])
        expect([topic, (await getJson(server(), `${path}/${what}`, admin)).json.code]).toEqual(given);
      const ended = await deleteJson(
        server(),
        `/users/reader/subscriptions/${encodeURIComponent(topic)}`,
        admin,
      );
      expect([topic, ended.json.code]).toEqual(given);
    }
    await client.expectSilence(20);
    await beside.unharmed();
  });

  test("what is a topic is that one and no other, whatever it looks like", async () => {
    await using beside = await bystander(server());
    const all = goodTopics();
    expect(new Set(all).size).toBe(all.length);
    await using client = await reader();
    await client.request({ action: "subscribe", topics: all });
    const messages = all.map((topic, data) => ({ topic, data }));
    const { status, json } = await postJson(server(), "/publish", { messages }, { token: await token() });
    expect([status, json.code]).toEqual([200, undefined]);
    for (const message of messages) expect(await client.next()).toMatchObject(message);
    for (const topic of all) {
      // Who is granted one is granted none that only looks like it.
      const given = await token({ sub: "one", topics: { subscribe: [topic], publish: [topic] } });
      const others = all.map((other) => ({ topic: other }));
      await using one = await connect(server(), { token: given });
      const { topics = [] } = await one.request({ action: "subscribe", topics: others });
      expect(topics.filter(({ status }) => status === "success").map(({ topic }) => topic)).toEqual([topic]);
      const fates = await Promise.all(
        all.map((other) => one.request({ action: "publish", topic: other, data: other }, 5000)),
      );
      expect(fates.flatMap(({ status, topic }) => (status === "success" ? [topic] : []))).toEqual([topic]);
      expect(await one.next()).toMatchObject({ topic, data: topic });
      expect(await client.next()).toMatchObject({ topic, data: topic });
      // URL parsers take dots away.
      if (/^(\.|%2e)+$/i.test(topic)) continue;
      const { status } = await getJson(server(), `/topics/${encodeURIComponent(topic)}/presence`, {
        token: given,
      });
      expect([topic, status]).toEqual([topic, 200]);
    }
    await client.expectSilence(20);
    await beside.unharmed();
  });

  test("a header that holds no ASCII is no fault of the server", async () => {
    await using beside = await bystander(server());
    const bearer = ["Authorization", `Bearer ${await token({ sub: "admin", admin: true })}`] as const;
    const routes = [
      ["GET", "/sse?topic=a%20b"],
      ["GET", "/connections"],
      ["GET", "/topics/x/presence?limit=0"],
      ["POST", "/publish"],
      ["GET", "/ws"],
    ] as const;
    const names = ["Host", "Origin", "Authorization", "Cookie", "Last-Event-ID", "Idempotency-Key", "Accept"];
    names.push("Sec-WebSocket-Protocol", "Upgrade", "Connection", "Content-Type", "X-Forwarded-Proto");
    const wrong: string[] = [];
    for (const [method, path] of routes)
      for (const name of names)
        for (const value of [
          "x\u00e9",
          "x\u0085y",
          "x\u2028y",
          "\u20ac",
          "\u{1f600}",
          "x\u007f",
          "https://x\u00e9/",
          "[",
        ]) {
          const others = name === "Authorization" ? [] : [bearer];
          const request = { method, target: path, headers: [...others, [name, value] as const] };
          // Some platforms drop it without a word.
          const status = await rawRequest(server(), request).then(
            (answer) => answer.status,
            () => 400,
          );
          if (status >= 500) wrong.push(`${name}: ${value} to ${path} is ${status}`);
        }
    expect(wrong).toEqual([]);
    expect(server().stderr()).not.toContain('"level":"error"');
    await beside.unharmed();
  });

  test("nothing adds a field or an event to a stream, or a header to an answer", async () => {
    await using beside = await bystander(server());
    const admin = { token: await token({ sub: "admin", admin: true }) };
    await using stream = await openStream(server(), ["kept:a", "x*"], {
      token: await token({ sub: "reader" }),
    });
    await stream.next();
    for (const text of BREAKING) {
      const data = { text, [text]: [text] };
      const type = `t${[...text].slice(0, 8).join("")}`;
      for (const topic of ["kept:a", "x"]) {
        expect((await postJson(server(), "/publish", { topic, type, data }, admin)).status).toBe(200);
        const event = await stream.next();
        expect([event.event, JSON.parse(event.data ?? "")]).toMatchObject([undefined, { topic, type, data }]);
      }
      expect((await postJson(server(), "/users/reader/messages", { type, data }, admin)).status).toBe(200);
      expect(await stream.nextData()).toMatchObject({ type, data, direct: true });
    }
    expect(stream.headers.get("x-evil")).toBeUndefined();
    const lines = "x\r\nX-Evil: 1\r\n\r\nevent: evil\ndata: 1\n\n";
    const encoded = encodeURIComponent(lines);
    for (const answer of [
      await getJson(server(), `/sse?topic=${encoded}`, admin),
      await getJson(server(), `/sse?topic=x&${encoded}=1`, admin),
      await getJson(server(), `/topics?cursor=${encoded}`, admin),
      await getJson(server(), `/topics/${encoded}/history`, admin),
      await getJson(server(), `/${encoded}`, admin),
      await getJson(server(), `/healthz?${encoded}`, admin),
      await postJson(server(), `/connections/${encoded}/messages`, { data: 1 }, admin),
    ]) {
      expect(answer.headers.get("x-evil")).toBeNull();
      expect([200, 400, 404]).toContain(answer.status);
    }
    const refused = await rawUpgrade(server(), { path: `/ws?token=${encoded}` });
    expect([refused.status, refused.headers.get("x-evil")]).toEqual([401, undefined]);
    const unknown = await askForStream(server(), streamPath(["kept:a"]), { ...admin, lastId: "a\tb: c" });
    expect("status" in unknown).toBe(false);
    if (!("status" in unknown)) expect(await unknown.nextData()).toMatchObject({ recovered: false });
    const socket = await openSocket(server(), { headers: { Authorization: `Bearer ${admin.token}` } });
    socket.destroy();
    await beside.unharmed();
  });
}
