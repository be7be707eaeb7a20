import { connect, type Message } from "../../test/support/client.ts";
import { postJson } from "../../test/support/http.ts";
import type { Random } from "../../test/support/random.ts";
import type { Server } from "../../test/support/spawn-server.ts";
import { token } from "../../test/support/token.ts";

export interface Publishers {
  /** Stops them, and waits until the last answer came. */
  stop(): Promise<void>;
  /** Rejects where a publication was refused. */
  readonly failed: Promise<never>;
}

/**
 * Publishes steadily, over HTTP in batches and over a WebSocket, to topics that `topicOf` chooses.
 * @param onAccepted Told of each publication that was answered as accepted.
 */
export async function startPublishers(
  server: Server,
  random: Random,
  topicOf: () => string,
  onAccepted: (publication: Message) => void,
): Promise<Publishers> {
  const bearer = await token({ sub: "publisher" });
  const client = await connect(server, { token: bearer });
  let data = 0;
  let isOver = false;
  const pause = () => new Promise((resolve) => setTimeout(resolve, 5 + random.below(30)));

  async function overHttp(): Promise<void> {
    while (!isOver) {
      const messages = Array.from({ length: 1 + random.below(4) }, () => ({
        topic: topicOf(),
        data: ++data,
      }));
      const { status, json, text } = await postJson(server, "/publish", { messages }, { token: bearer });
      if (status !== 200) throw new Error(`a batch was answered ${status}: ${text}`);
      const published = json.published as Message[];
      for (const [at, message] of messages.entries()) onAccepted({ ...published[at], ...message });
      await pause();
    }
  }

  async function overWebSocket(): Promise<void> {
    while (!isOver) {
      const message = { topic: topicOf(), data: ++data };
      const reply = await client.request({ action: "publish", ...message }, 5000);
      if (reply.status !== "success") throw new Error(`a publication was answered ${JSON.stringify(reply)}`);
      onAccepted({ ...reply, ...message });
      await pause();
    }
    await client.close();
  }

  const running = Promise.all([overHttp(), overWebSocket()]);
  return {
    async stop() {
      isOver = true;
      await running;
    },
    failed: running.then(() => new Promise<never>(() => {})),
  };
}
