// Watches the manager at work as any client can, and prints what comes: starts a server, sends it a command, takes
// a backup, stops it. Arguments: the manager's address, and the user to sign in as.
import process from "node:process";

const [url = "http://127.0.0.1:8788", user = "alex"] = process.argv.slice(2);
const SERVER = "survival";
const PATIENCE_MS = 15_000;

/** @typedef {{ type?: string, topic?: string, status?: string, message?: string, data?: any }} Message */
/** @typedef {{ fits: (message: Message) => boolean, resolve: (message: Message) => void }} Waiter */

/** @type {Set<Waiter>} */
const waiters = new Set();
let token = "";

/**
 * Sends a request of the API, and prints it and its answer.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function ask(method, path, body) {
  const sent = body === undefined ? "" : ` ${JSON.stringify(body)}`;
  print(`> ${method} ${path}${sent}`);
  const response = await fetch(url + path, {
    method,
    headers: token === "" ? {} : { Authorization: `Bearer ${token}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer.message}`);
  print(`< ${response.status} ${JSON.stringify(answer.token ? { ...answer, token: "…" } : answer)}`);
  return answer;
}

/** Connects to the hub; everything that it sends is printed. */
async function connect() {
  // Node has one of its own from 22 on.
  const Socket = globalThis.WebSocket ?? (await import("ws")).WebSocket;
  const socket = new Socket(`${url.replace(/^http/, "ws")}/ws`, ["topichub.v1", `bearer.${token}`]);
  socket.onmessage = ({ data }) => {
    for (const message of [JSON.parse(String(data))].flat()) {
      show(message);
      for (const waiter of waiters) if (waiter.fits(message)) waiter.resolve(message);
    }
  };
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`cannot connect to ${socket.url}`));
  });
  return socket;
}

/**
 * The next message that fits.
 * @param {string} what
 * @param {(message: Message) => boolean} fits
 * @returns {Promise<Message>}
 */
function next(what, fits) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not within ${PATIENCE_MS} ms: ${what}`)), PATIENCE_MS);
    const waiter = {
      fits,
      resolve(/** @type {Message} */ message) {
        clearTimeout(timer);
        waiters.delete(waiter);
        resolve(message);
      },
    };
    waiters.add(waiter);
  });
}

/** @param {Message} message */
function show({ type = "reply", topic = "", data, message }) {
  const [kind = "", name = ""] = topic.split(":");
  if (type === "event") print(`  event   ${name} ${JSON.stringify(data)}`);
  else if (type === "resource_update")
    print(`  usage   ${name} ${JSON.stringify(data.process_info ?? data.message)}`);
  else if (type === "task_update")
    print(`  task    ${data.status}: ${data.message} ${JSON.stringify(data.result) ?? ""}`.trimEnd());
  else if (type === "log_update")
    for (const line of data.trimEnd().split("\n")) print(`  log     ${name || kind} ${line}`);
  else print(`  ${type.padEnd(7)} ${message ?? ""}`);
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line.trimEnd()}\n`);
}

/** @param {string} name */
const event = (name) => next(`event ${name}`, ({ topic }) => topic === `event:${name}`);

async function tour() {
  ({ token } = await ask("POST", "/api/sessions", { user }));
  const socket = await connect();
  const topics = ["event:*", `resource-monitor:${SERVER}`, `server_log:${SERVER}`];
  const subscribed = next("the reply", ({ status }) => status === "success");
  socket.send(JSON.stringify({ action: "subscribe", topics }));
  await subscribed;

  const server = `/api/servers/${SERVER}`;
  const isUp = next(
    `figures of ${SERVER}`,
    ({ type, data }) => type === "resource_update" && data.process_info,
  );
  await Promise.all([event("after_server_start"), ask("POST", `${server}/start`)]);
  await isUp;
  const said = next("the line", ({ type, data }) => type === "log_update" && data.includes("[Server] Hello"));
  await ask("POST", `${server}/commands`, { command: `say Hello, ${user} is here` });
  await said;
  const isBackedUp = next(
    "the end of the task",
    ({ type, data }) => type === "task_update" && data.status !== "in_progress",
  );
  await ask("POST", `${server}/backups`);
  await isBackedUp;
  await ask("GET", `${server}/backups`);
  const hasQuit = next("its last line", ({ type, data }) => type === "log_update" && data.includes("Quit"));
  await Promise.all([event("after_server_stop"), ask("POST", `${server}/stop`)]);
  await hasQuit;
  socket.close();
}

tour().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`tour: ${error.message}\n`);
    process.exit(1);
  },
);
