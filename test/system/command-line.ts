import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "../../src/client/connect.ts";
import { startChild } from "../support/child.ts";
import { eventually, within } from "../support/deadline.ts";
import { environment } from "../support/environment.ts";
import { follow } from "../support/following.ts";
import { postJson } from "../support/http.ts";
import { startProxy } from "../support/proxy.ts";
import { sharedServer } from "../support/shared-server.ts";
import { runToExit, spawnServer } from "../support/spawn-server.ts";
import { targets } from "../support/targets.ts";
import { token } from "../support/token.ts";

setDefaultTimeout(30_000);

// `topichub subscribe` and `topichub publish`, as processes of each runtime.
describe.each([targets.node, targets.bun, targets.deno])("$name", (target) => {
  // So few at once that whoever publishes a list is put off now and then.
  const limits = { message_burst: 20, messages_per_second: 500, connections_per_user: 100 };
  const server = sharedServer(target, { config: { limits } });
  const publish = async (topic: string, ...data: unknown[]) => {
    const body = { messages: data.map((data) => ({ topic, data })) };
    expect((await postJson(server(), "/publish", body, { token: await token() })).status).toBe(200);
  };
  const envOf = async (url: string, claims: Parameters<typeof token>[0] = {}) => ({
    TOPICHUB_URL: url,
    TOPICHUB_TOKEN: await token(claims),
  });

  /** A command that runs until it is told to stop. */
  const start = async (args: readonly string[], url = server().url) => {
    const env = environment({ env: await envOf(url) });
    const child = startChild([...target.program, ...args], { cwd: "/", env, leavesLogsUnread: false });
    const said = () => `so far ${child.stdout()}${child.stderr()}`;
    return {
      /** What it printed, once it is so many lines. */
      lines: (count: number) =>
        eventually(
          () => {
            const lines = child.stdout().split("\n").slice(0, -1);
            return lines.length >= count && lines;
          },
          8000,
          () => `${count} lines; ${said()}`,
        ),
      noted: (note: string) =>
        eventually(
          () => child.stderr().includes(note),
          8000,
          () => `${note}; ${said()}`,
        ),
      stderr: child.stderr,
      async stop(signal: NodeJS.Signals) {
        child.kill(signal);
        return (await within(child.exited, 5000, said)).code;
      },
      async [Symbol.asyncDispose]() {
        child.kill("SIGKILL");
        await child.exited;
      },
    };
  };
  /** A command that ends by itself: its status, and what it wrote. */
  const run = async (args: readonly string[], { url = server().url, claims = {} } = {}) => {
    const options = { args, env: await envOf(url, claims), cwd: "/" };
    const { code, stdout, stderr } = await runToExit({ command: target.program }, options);
    return [code, stdout, stderr];
  };
  /** A line of a shell, in which "$@" is the program; its status is that of the part that failed. */
  const shell = async (script: string, url = server().url) => {
    const command = ["bash", "-o", "pipefail", "-c", script, "--", ...target.program];
    const { code, stdout, stderr } = await runToExit({ command }, { env: await envOf(url), cwd: "/" });
    return [code, stdout, stderr];
  };
  const dataOf = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).data);

  describe("subscribe", () => {
    test("prints what is published, once, for people and for programs, and ends at a signal", async () => {
      await using people = await start(["subscribe", "event:told", "event:*"]);
      await using programs = await start(["subscribe", "event:told", "--json", "--transport", "sse"]);
      await Promise.all([people.noted("connected as alex"), programs.noted("connected (sse)")]);
      await publish("event:told", { a: 1 }, "\u001b[2J");
      const [first = "", second] = await people.lines(2);
      expect(first).toMatch(/^\d\d:\d\d:\d\d\.\d{3} event:told event \{"a":1\}$/);
      expect(second).toEndWith('"\\u001b[2J"');
      const [one = ""] = await programs.lines(2);
      const time = expect.any(Number);
      const publication = { type: "event", topic: "event:told", data: { a: 1 }, offset: 1, time };
      expect(JSON.parse(one)).toEqual(publication);
      const direct = { token: await token({ admin: true }) };
      await postJson(server(), "/users/alex/messages", { data: "hi" }, direct);
      expect((await people.lines(3))[2]).toEndWith(' (direct) message "hi"');
      expect(await Promise.all([people.stop("SIGINT"), programs.stop("SIGTERM")])).toEqual([0, 0]);
      expect(people.stderr()).toBe("topichub: connected as alex (websocket)\n");
    });

    test("goes on after a cut without a hole, and says so", async () => {
      await using proxy = await startProxy(server());
      await using cut = await start(["subscribe", "event:cut", "unkept", "--json"], proxy.url);
      await cut.noted("connected as alex");
      await publish("event:cut", 1);
      await cut.lines(1);
      for (const connection of proxy.connections) connection.toClient.cut();
      await publish("event:cut", 2, 3);
      await cut.noted("event:cut: resumed, nothing missed\n");
      await cut.noted("unkept: something may have been missed\n");
      await publish("event:cut", 4);
      expect(dataOf(await cut.lines(4))).toEqual([1, 2, 3, 4]);
      expect(cut.stderr()).toMatch(/: connection lost \(.+\): reconnecting in \d\.\d s\n/);
    });

    test("says that something may have been missed where the server was started again", async () => {
      await using first = await spawnServer(target);
      await using reader = await start(["subscribe", "event:*", "--json"], first.url);
      await reader.noted("connected as alex");
      await first.stop("SIGKILL");
      await reader.noted("connection lost");
      await using _ = await spawnServer(target, { env: { PORT: String(first.port) } });
      await reader.noted("event:*: something may have been missed\n");
    });

    test("ends after so many, and where nobody reads any more", async () => {
      const counted = run(["subscribe", "event:counted", "--count", "2", "--json"]);
      const piped = shell('"$@" subscribe event:counted | head -1');
      let isOver = false;
      const ended = Promise.all([counted, piped]).finally(() => {
        isOver = true;
      });
      for (let data = 1; !isOver; data++) {
        await publish("event:counted", data);
        await Promise.race([ended, eventually(() => isOver, 100, "the end").catch(() => {})]);
      }
      const [[status, stdout, stderr], [pipeStatus, line, notes]] = await ended;
      const [first, second] = dataOf(String(stdout).trim().split("\n"));
      expect([status, second, stderr]).toEqual([0, first + 1, "topichub: connected as alex (websocket)\n"]);
      expect([pipeStatus, notes]).toEqual([0, stderr]);
      expect(String(line)).toMatch(/^[^\n]+ event:counted event \d+\n$/);
    });
  });

  test("a refusal is one line that says what to do, and a status", async () => {
    const claims = { topics: { subscribe: ["event:*"], publish: ["event:*"] } };
    const wrong = await token({}, { secret: "another secret, which no server of these tests has" });
    const nobody = ["--url", "http://127.0.0.1:1", "--timeout", "1s"];
    const found = await Promise.all([
      run(["subscribe", "secret"], { claims }),
      run(["publish", "secret", "1"], { claims }),
      run(["subscribe", "event:a", "--token", wrong]),
      run(["publish", "event:a", "1", "--token", wrong, "--transport", "sse"]),
      run(["subscribe", "event:a", ...nobody]),
      run(["publish", "event:a", "1", ...nobody]),
      run(["publish", "event:a", "{", "--url", `${server().url}/?token=${wrong}`]),
    ]);
    const grant = "it takes a token with that grant: see topichub token --help";
    const refusal = `${server().url} refuses the token: Invalid token: malformed, or its signature does not fit`;
    const another = `${refusal}; give another one with --token or TOPICHUB_TOKEN`;
    const nobodyThere = "no answer from http://127.0.0.1:1 within 1 s; is it the right address?";
    const faults = [
      "--url takes an http or ws address without a user, a query or a fragment",
      "JSON takes one JSON value, got '{': with --text it is published as a string",
    ];
    expect(found).toEqual([
      [1, "", `topichub: No grant to subscribe to topic 'secret'; ${grant}\n`],
      [1, "", `topichub: No grant to publish to topic 'secret'; ${grant}\n`],
      [1, "", `topichub: ${another}\n`],
      [1, "", `topichub: ${another}\n`],
      [1, "", `topichub: ${nobodyThere}\n`],
      [1, "", `topichub: ${nobodyThere}\n`],
      [2, "", faults.map((fault) => `topichub: ${fault}\n`).join("")],
    ]);
  });

  describe("publish", () => {
    test("publishes an argument, and lines in their order, and says where they are", async () => {
      using hub = connect(server().url, { token: await token() });
      const seen = follow(hub, "event:lines");
      await seen.subscription.ready;
      const flags = ["--type", "note", "--key", "k1"];
      expect(await run(["publish", "event:lines", "[0]", "-v", ...flags])).toEqual([
        0,
        expect.stringMatching(/^event:lines offset 1 epoch \S+\n$/),
        "",
      ]);
      const [status, stdout, stderr] = await shell('seq 60 | "$@" publish event:lines --json');
      expect([status, stderr]).toEqual([0, ""]);
      const offsets = String(stdout)
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).offset);
      expect(offsets).toEqual(Array.from({ length: 60 }, (_, at) => at + 2));
      await seen.have(61);
      const numbers = Array.from({ length: 60 }, (_, at) => at + 1);
      expect(seen.messages.map(({ data }) => data)).toEqual([[0], ...numbers]);
      expect(seen.messages[0]?.type).toBe("note");
      // The same again under its key is nothing new; text needs no quotes, nor an end of its last line.
      const [again, text] = await Promise.all([
        run(["publish", "event:lines", "[0]", ...flags]),
        shell(`printf 'a "b"\\r\\n\\nc' | "$@" publish event:lines - --text`),
      ]);
      expect([again, text]).toEqual([
        [0, "", ""],
        [0, "", ""],
      ]);
      await seen.have(64);
      expect(seen.messages.slice(61).map(({ data }) => data)).toEqual(['a "b"', "", "c"]);
    });

    test("ends at a wrong line, which it names, and goes on where nobody reads the positions", async () => {
      using hub = connect(server().url, { token: await token() });
      const [wrong, unread] = [follow(hub, "event:wrong"), follow(hub, "event:unread")];
      await Promise.all([wrong, unread].map(({ subscription }) => subscription.ready));
      const line =
        "topichub: line 3 of standard input is no JSON value; what stands before it is published\n";
      const [named] = await Promise.all([
        shell(`printf '1\\n2\\nx\\n4\\n' | "$@" publish event:wrong`),
        shell('seq 20 | "$@" publish event:unread -v | head -1'),
      ]);
      expect(named).toEqual([1, "", line]);
      expect(await wrong.have(2)).toEqual(["event:wrong#1=1", "event:wrong#2=2"]);
      expect(await unread.have(20)).toHaveLength(20);
    });

    test("loses nothing on a cut", async () => {
      await using proxy = await startProxy(server());
      using hub = connect(server().url, { token: await token() });
      const seen = follow(hub, "event:kept");
      await seen.subscription.ready;
      // The server gets it, and its answer does not come back.
      proxy.next((connection) => void seen.have(1).then(() => connection.toClient.cut()));
      expect(await shell('seq 40 | "$@" publish event:kept', proxy.url)).toEqual([0, "", ""]);
      expect(proxy.connections.length).toBeGreaterThan(1);
      await seen.have(40);
      expect(seen.messages.map(({ data }) => data)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
    });
  });
});
