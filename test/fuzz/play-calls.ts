import { type RawResponse, responseTo } from "../support/http-response.ts";
import { connectRaw, type RawConnection } from "../support/raw-connection.ts";
import { requestBytes } from "../support/raw-http.ts";
import type { Call } from "./calls.ts";
import { excerpt, Fault } from "./fault.ts";
import { EPOCH } from "./grammar.ts";
import { goodTokens, people } from "./people.ts";
import { openFor, PATIENCE, type Stage } from "./stage.ts";

const CONNECTIONS = 4;
const STATUSES = [200, 400, 401, 403, 404, 409, 413, 422];

/** Sends requests over connections that are kept, beside sockets of those whom they are about. */
export async function playCalls(stage: Stage, inputs: readonly Call[]): Promise<void> {
  const sockets = await Promise.all(people.map((person) => openFor(stage, person, true)));
  for (const socket of sockets) {
    socket.onText(() => {});
    socket.send('{"action":"subscribe","topics":["a:*","b"]}');
  }
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, (_, line) => playLine(stage, inputs, line)));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

async function playLine(stage: Stage, inputs: readonly Call[], line: number): Promise<void> {
  let connection: RawConnection | undefined;
  for (let at = line; at < inputs.length; at += CONNECTIONS) {
    const call = inputs[at];
    if (!call) continue;
    try {
      const isKept = connection && !connection.hasEnded;
      if (!connection || !isKept) connection = await connectRaw(stage.server, PATIENCE);
      let response = await answerTo(stage, connection, call);
      // A server may close what it kept, also when the next request is on its way.
      if (!response && isKept) {
        connection = await connectRaw(stage.server, PATIENCE);
        response = await answerTo(stage, connection, call);
      }
      const fault = response ? faultOf(stage, call, response) : "closed without a response";
      if (fault) throw new Error(fault);
      stage.counts.add(`call ${response?.status}`);
      if (response?.headers.get("connection")?.toLowerCase() === "close") connection.reset();
    } catch (error) {
      connection?.reset();
      throw new Fault((error as Error).message, at);
    }
  }
  connection?.reset();
}

/** Undefined where the connection ended without a byte. */
async function answerTo(
  stage: Stage,
  connection: RawConnection,
  call: Call,
): Promise<RawResponse | undefined> {
  const parse = responseTo(call.method);
  connection.write(bytesOf(stage, call));
  const outcome = await connection.take<RawResponse | "ended">(
    (bytes, hasEnded) =>
      bytes.length === 0 && hasEnded ? { value: "ended", used: 0 } : parse(bytes, hasEnded),
    PATIENCE,
    "a response",
  );
  return outcome === "ended" ? undefined : outcome;
}

function bytesOf({ server, epoch }: Stage, { method, target, token, key, body }: Call): Buffer {
  const headers: [string, string][] = [];
  if (token !== undefined) headers.push(["Authorization", `Bearer ${token}`]);
  if (key !== undefined) headers.push(["Idempotency-Key", key]);
  const known = (text: string) => text.replaceAll(EPOCH, epoch);
  return requestBytes(server, { method, target: known(target), headers, body: known(body) });
}

function faultOf(stage: Stage, call: Call, response: RawResponse): string | undefined {
  const { status, headers, body } = response;
  const wrong = (what: string) => `${what}: ${excerpt(call)} was answered ${status} ${excerpt(body)}`;
  if (status === 429 && stage.hasDefaultRates) return undefined;
  if (!STATUSES.includes(status)) return wrong("a status that none is");
  const json = JSON.parse(body);
  // Dots in a path leave another one.
  const isRouted = call.target !== "/healthz" && !String(json.message).startsWith("No such route");
  const isRefused = isRouted && !goodTokens.includes(call.token ?? "");
  if (isRefused !== (status === 401)) return wrong("the token was not looked at");
  if (status === 200) return json.status === "success" ? undefined : wrong("no success");
  const isError = json.status === "error" && typeof json.message === "string";
  return isError && json.code === headers.get("x-topichub-error") ? undefined : wrong("no error");
}
