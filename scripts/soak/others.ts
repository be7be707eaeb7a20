import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { connect } from "../../test/support/client.ts";
import { eventually, within } from "../../test/support/deadline.ts";
import { deleteJson, getJson, postJson } from "../../test/support/http.ts";
import { type Message, messagesOf } from "../../test/support/message.ts";
import type { Random } from "../../test/support/random.ts";
import { openSocket } from "../../test/support/raw-websocket.ts";
import type { Server } from "../../test/support/spawn-server.ts";
import { token } from "../../test/support/token.ts";
import { later } from "../leaks/churn.ts";

/** Something that goes on until it is stopped; `stop` throws what went wrong meanwhile. */
export interface Goings {
  /** How often it came round. */
  readonly times: number;
  stop(): Promise<void>;
}

/** Does `once` again and again, with pauses of up to `ms` between. */
function goOn(random: Random, ms: number, once: () => Promise<void>): Goings {
  let [times, isOver] = [0, false];
  const going = (async () => {
    while (!isOver) {
      await once();
      times++;
      await new Promise((resolve) => setTimeout(resolve, random.below(ms)));
    }
  })();
  // It is told of when it is stopped.
  going.catch(() => {});
  return {
    get times() {
      return times;
    },
    async stop() {
      isOver = true;
      await going;
    },
  };
}

/** Those who look at everything, send to users, and send them away. */
export async function startOperator(server: Server, random: Random): Promise<Goings> {
  const bearer = await token({ sub: "operator", admin: true, exp: later() });
  const options = { token: bearer, ms: 20_000 };
  const expectSuccess = ({ status, text }: { status: number; text: string }) => {
    if (status !== 200 && status !== 404) throw new Error(`an operator was answered ${status}: ${text}`);
  };
  return goOn(random, 1500, async () => {
    const listed = await getJson(server, "/connections?limit=1000", options);
    expectSuccess(listed);
    expectSuccess(await getJson(server, "/topics?limit=1000", options));
    expectSuccess(await getJson(server, "/topics/many:1/presence", options));
    const user = `follower-${random.below(36)}`;
    expectSuccess(await postJson(server, `/users/${user}/messages`, { data: "hello" }, options));
    const connections = listed.json.connections as { connection: string; user: string }[];
    const follower = connections.find((connection) => connection.user === user);
    if (follower && random.below(4) === 0)
      expectSuccess(await deleteJson(server, `/connections/${follower.connection}`, options));
    if (random.below(8) === 0)
      expectSuccess(await deleteJson(server, `/users/${user}/subscriptions/many:*`, options));
  });
}

/** Those who sign in by their first message, renew, and stay until their token expires; and those who never do. */
export function startVisitor(server: Server, random: Random): Goings {
  const expectClose = async (client: Awaited<ReturnType<typeof connect>>, code: number) => {
    const closed = await within(client.closed, 20_000, `a close with ${code}`);
    client.socket.destroy();
    if (closed.code !== code) throw new Error(`closed with ${closed.code} ${closed.reason}, not ${code}`);
  };
  const tokenFor = (ms: number) => token({ sub: "visitor", exp: (Date.now() + ms) / 1000 });
  return goOn(random, 1000, async () => {
    const client = await connect(server, { awaitsWelcome: false, ms: 20_000 });
    const fate = random.below(4);
    if (fate === 0) return expectClose(client, 1008);
    if (fate === 1) {
      client.send({ action: "authenticate", token: "a.b.c" });
      return expectClose(client, 1008);
    }
    const signIn = async (ms: number) => {
      const reply = await client.request({ action: "authenticate", token: await tokenFor(ms) }, 20_000);
      if (reply.status !== "success") throw new Error(`not signed in: ${JSON.stringify(reply)}`);
    };
    await signIn(60_000);
    await client.request({ action: "subscribe", topics: ["steady:1", "resource-monitor:*"] }, 20_000);
    await signIn(1500);
    await expectClose(client, 4100);
  });
}

/** Has it open what it keeps for a minute of each process that it sampled: no leak, but a descriptor of each. */
export async function startSampling(server: Server): Promise<void> {
  const client = await connect(server, { token: await token({ sub: "first" }), ms: 20_000 });
  await client.request({ action: "subscribe", topic: "resource-monitor:*" }, 20_000);
  for (const name of ["topichub", "soak"])
    await client.nextMatching(({ topic }) => topic === `resource-monitor:${name}`, 20_000);
  await client.socket.close();
  client.socket.destroy();
}

const ROTATED_AFTER = 300;

/** Writes a log that is renamed now and then, and reads it over a connection: no line is lost, none comes twice. */
export async function startLog(server: Server, path: string, random: Random): Promise<Goings> {
  const headers = { Authorization: `Bearer ${await token({ sub: "log", exp: later() })}` };
  const socket = await openSocket(server, { headers, ms: 20_000 });
  let [written, read, samples] = [0, 0, 0];
  let fault: string | undefined;
  const take = ({ type, data }: Message) => {
    if (type === "resource_update") samples++;
    if (type !== "log_update") return;
    for (const line of String(data).split("\n").filter(Boolean)) {
      if (line !== `line ${read + 1}`) fault ??= `'${line}' came after line ${read}`;
      read++;
    }
  };
  socket.onText((text) => messagesOf(text, false).forEach(take));
  for (const topic of ["server_log:soak", "resource-monitor:soak"])
    socket.send(JSON.stringify({ action: "subscribe", topic }));
  await eventually(() => samples > 0, 20_000, "the first sample of a process");
  const going = goOn(random, 60, async () => {
    appendFileSync(path, `line ${++written}\n`);
    if (written % ROTATED_AFTER !== 0) return;
    renameSync(path, `${path}.1`);
    writeFileSync(path, "");
  });
  return {
    get times() {
      return read;
    },
    async stop() {
      await going.stop();
      await eventually(
        () => read >= written,
        20_000,
        () => `${written - read} lines of the log`,
      );
      socket.destroy();
      if (fault) throw new Error(fault);
    },
  };
}
