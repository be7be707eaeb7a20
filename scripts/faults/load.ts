// The load of fairness.ts, in a process of its own: it goes on until it is told to end, and says then what came of it.
// Arguments: URL, token, and its name.
import { connect } from "../../test/support/client.ts";
import { encodeFrame } from "../../test/support/ws-frames.ts";
import { type HttpRequest, type Load, loads } from "./loads.ts";

// The default rate of a connection, and of a user over HTTP; and its burst.
const [PER_SECOND, BURST] = [50, 100];
/** Bytes of a flood in one turn, and the requests of one that are under way at once. */
const [FLOOD_BYTES, FLOOD_REQUESTS] = [100_000, 10];

const [url = "", token = "", name = ""] = process.argv.slice(2);
let sent = 0;
const counts = new Map<string, number>();
const note = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);

async function sendMessages(messages: NonNullable<Load["messages"]>, isFlood: boolean): Promise<void> {
  const client = await connect(url, { token });
  const positions = await client.request({ action: "subscribe", topic: "kept:*" }, 10_000);
  await client.request({ action: "unsubscribe", topic: "kept:*" });
  const frames = messages(positions, token).map((message) => encodeFrame(JSON.stringify(message)));
  client.socket.onText((text) => {
    note(/^\{"status":"(\w+)"(?:,"code":"(\w+)")?/.exec(text)?.slice(1).join(" ") ?? "publication");
  });
  void client.closed.then(({ code, reason }) => note(`closed with ${code} ${reason}`));
  const send = () => client.socket.sendBytes(frames[sent++ % frames.length] ?? "");
  for (let at = 0; at < BURST; at++) send();
  const flood = () => {
    for (let bytes = 0; bytes < FLOOD_BYTES; bytes += frames[0]?.length ?? 1) send();
  };
  setInterval(isFlood ? flood : send, isFlood ? 5 : 1000 / PER_SECOND);
}

function makeRequests({ path, body, isStream = false }: HttpRequest, isFlood: boolean): void {
  const init = {
    headers: { Authorization: `Bearer ${path.includes("token=") ? "x" : token}` },
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
  };
  const make = async () => {
    sent++;
    const response = await fetch(new URL(path, url), init);
    note(String(response.status));
    if (!isStream) return void (await response.arrayBuffer());
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
  };
  const attempt = () => make().catch((error: Error) => note(error.message));
  const repeat = async () => {
    for (;;) await attempt();
  };
  if (isFlood) for (let at = 0; at < FLOOD_REQUESTS; at++) void repeat();
  else for (let at = 0; at < BURST; at++) void attempt();
  if (!isFlood) setInterval(attempt, 1000 / PER_SECOND);
}

const load = loads[name];
if (!load) throw new Error(`no load is named '${name}'`);
if (load.messages) await sendMessages(load.messages, load.isFlood === true);
if (load.request) makeRequests(load.request, load.isFlood === true);
console.log("ready");
process.on("SIGTERM", () => {
  console.log(JSON.stringify({ sent, ...Object.fromEntries(counts) }));
  process.exit(0);
});
