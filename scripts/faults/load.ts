// The load of fairness.ts, in a process of its own: it sends until it is killed. Arguments: URL, token, and its name.
import { connect } from "../../test/support/client.ts";
import { encodeFrame } from "../../test/support/ws-frames.ts";
import { loads } from "./loads.ts";

// The default rate of a connection, and its burst.
const [PER_SECOND, BURST] = [50, 100];

const [url = "", token = "", name = ""] = process.argv.slice(2);
const load = loads[name];
if (!load) throw new Error(`no load is named '${name}'`);

const client = await connect(url, { token });
const positions = await client.request({ action: "subscribe", topic: "kept:*" }, 10_000);
await client.request({ action: "unsubscribe", topic: "kept:*" });
const frames = load.messages(positions, token).map((message) => encodeFrame(JSON.stringify(message)));
const { socket } = client;
const counts = new Map<string, number>();
socket.onText((text) => {
  const key = /^\{"status":"(\w+)"(?:,"code":"(\w+)")?/.exec(text)?.slice(1).join(" ") ?? "publication";
  counts.set(key, (counts.get(key) ?? 0) + 1);
});
void socket.closed.then((closed) => counts.set(`closed ${closed.code} ${closed.reason}`, 1));

let sent = 0;
const send = () => socket.sendBytes(frames[sent++ % frames.length] ?? "");
for (let at = 0; at < BURST; at++) send();
console.log("ready");
const FLOOD_BYTES = 100_000; // a turn
const flood = () => {
  for (let bytes = 0; bytes < FLOOD_BYTES; bytes += frames[0]?.length ?? 1) send();
};
setInterval(load.isFlood ? flood : send, load.isFlood ? 5 : 1000 / PER_SECOND);
process.on("SIGTERM", () => {
  console.log(JSON.stringify({ sent, ...Object.fromEntries(counts) }));
  process.exit(0);
});
