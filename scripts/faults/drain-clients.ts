// Connections for drain.ts, in a process of their own: they subscribe to one topic and note what they get until they
// are closed. Arguments: URL, token, how many, and the file to which the notes go.
import { writeFileSync } from "node:fs";
import { type Message, messagesOf } from "../../test/support/message.ts";
import { openSocket } from "../../test/support/raw-websocket.ts";

/** What one connection has seen. */
export interface Notes {
  /** Numbers of the publications that came. */
  received: number[];
  /** The delay of its `reconnect`, of which there should be one. */
  delays: number[];
  code: number;
  /** Milliseconds since 1970. */
  closedAt: number;
}

const [url = "", token = "", count = "0", file = ""] = process.argv.slice(2);
const AT_ONCE = 50;

const followed: Promise<Notes>[] = [];

/** Opens one and subscribes it. */
async function follow(): Promise<void> {
  const socket = await openSocket(url, { headers: { Authorization: `Bearer ${token}` }, ms: 60_000 });
  const notes: Notes = { received: [], delays: [], code: 0, closedAt: 0 };
  const subscribed = Promise.withResolvers<void>();
  socket.onText((text) => {
    for (const message of messagesOf(text, false)) note(notes, message, subscribed.resolve);
  });
  followed.push(socket.closed.then(({ code }) => ({ ...notes, code, closedAt: Date.now() })));
  socket.send('{"action":"subscribe","topic":"drain"}');
  await subscribed.promise;
}

function note({ received, delays }: Notes, message: Message, subscribed: () => void): void {
  if (message.status === "success") subscribed();
  else if (message.type === "reconnect") delays.push(Number(message.after_ms));
  else if (message.type === "message") received.push(Number(message.data));
}

let left = Number(count);
const open = async () => {
  while (left-- > 0) await follow();
};
await Promise.all(Array.from({ length: AT_ONCE }, open));
console.log("ready");
writeFileSync(file, JSON.stringify(await Promise.all(followed)));
process.exit(0);
