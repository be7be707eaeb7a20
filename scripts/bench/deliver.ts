// Server CPU per delivered message, beside a plain loop over `ws` sockets in the same run: 200 bytes of JSON, one
// topic, every connection subscribed, one publication at a time. Linux only: it reads /proc.
//   bun scripts/bench/deliver.ts [connections] [publications]
import { readFileSync } from "node:fs";
import { spawnServer } from "../../test/support/spawn-server.ts";
import { ROOT, targets } from "../../test/support/targets.ts";
import { token } from "../../test/support/token.ts";

const [connections = 500, publications = 300] = process.argv.slice(2).map(Number);
const ROUNDS = 3;
const TICKS_PER_S = 100;
const plain = { name: "plain ws on Node", command: ["node", `${ROOT}scripts/bench/plain-ws.mjs`] };
const servers = [plain, ...Object.values(targets)];
const data = { text: "x".repeat(140) };
const publication = JSON.stringify({ action: "publish", topic: "bench", data });

/** Seconds of processor time that a process has used. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

async function measure(target: { command: readonly string[] }): Promise<number> {
  const limits = {
    connections_per_user: connections + 1,
    messages_per_second: 1_000_000,
    message_burst: 1_000_000,
  };
  await using server = await spawnServer(target, { config: { limits }, env: { LOG_LEVEL: "silent" } });
  const url = `${server.url.replace("http", "ws")}/ws?token=${await token()}`;
  let received = 0;
  let notify = () => {};
  const isPublication = (text: string) => text.includes('"xxx') && !text.includes('"status"');
  const sockets = await Promise.all(
    Array.from({ length: connections }, () => {
      const { promise, resolve } = Promise.withResolvers<WebSocket>();
      const socket = new WebSocket(url);
      socket.onopen = () => {
        if (target !== plain) socket.send('{"action":"subscribe","topic":"bench"}');
        else resolve(socket);
      };
      socket.onmessage = ({ data: text }) => {
        if (!isPublication(String(text))) return resolve(socket);
        if (++received % connections === 0) notify();
      };
      return promise;
    }),
  );
  const publish = async (times: number) => {
    for (let at = 0; at < times; at++) {
      const { promise, resolve } = Promise.withResolvers<void>();
      notify = resolve;
      sockets[at % connections]?.send(publication);
      await promise;
    }
  };
  await publish(50);
  const before = cpuSeconds(server.pid);
  await publish(publications);
  const used = cpuSeconds(server.pid) - before;
  for (const socket of sockets) socket.close();
  return (used * 1e6) / (connections * publications);
}

const best = new Map<string, number>();
for (let round = 0; round < ROUNDS; round++)
  for (const target of servers) {
    const cost = await measure(target);
    best.set(target.name, Math.min(best.get(target.name) ?? cost, cost));
  }
const base = best.get(plain.name) ?? 1;
console.log(`server CPU per delivery, ${connections} connections, best of ${ROUNDS}`);
for (const [name, cost] of best)
  console.log(`${name.padEnd(20)} ${cost.toFixed(2).padStart(7)} µs ${(cost / base).toFixed(2).padStart(6)}`);
process.exit(0);
