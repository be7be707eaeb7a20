import { BEARER_SUBPROTOCOL, SUBPROTOCOL } from "../protocol/codes.ts";
import type { Faults } from "./connection.ts";
import { within } from "./deadline.ts";
import { createMailbox } from "./mailbox.ts";
import { isReply, messagesIn, type TestMessage } from "./message.ts";
import type { ClientEnd, SocketLink } from "./socket-link.ts";
import type { Dial } from "./test-web-socket.ts";

/** How a test client connects. */
export interface TestConnectOptions {
  /** Offered as the subprotocol `bearer.<token>`, as browsers do. */
  token?: string | undefined;
  /** `["topichub.v1"]` unless given; `[]` for a client that offers none. */
  protocols?: readonly string[] | undefined;
  /** Further headers, such as `Origin`, `Cookie` or `Authorization`. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** How long each wait may take, in milliseconds of the runtime's own time: 2,000 unless given. */
  timeoutMs?: number | undefined;
}

/** How a connection was closed. */
export interface TestClose {
  code: number;
  reason: string;
}

/** A client that queues what comes, for a test to take. Every wait has a deadline and says what it waited for. */
export class TestClient implements Faults, AsyncDisposable {
  /** Every message in the order in which they came, those that were taken too. */
  readonly received: TestMessage[] = [];
  /** What the server said first; undefined where it has said nothing. */
  welcome: TestMessage | undefined;
  /** The subprotocol that the server selected; empty where it selected none. */
  protocol = "";
  readonly #others = createMailbox<TestMessage>();
  readonly #requested = createMailbox<TestMessage>();
  readonly #awaited = new Set<unknown>();
  readonly #timeoutMs: number;
  readonly #closed: Promise<TestClose>;
  #link: SocketLink | undefined;
  #lastId = 0;
  #closedWith = (_: TestClose) => {};

  /** @internal By `connect` of a network. */
  static async connect(dial: Dial, url: string, options: TestConnectOptions): Promise<TestClient> {
    const { token, protocols = [SUBPROTOCOL], headers = {}, timeoutMs = 2000 } = options;
    const offer = token === undefined ? protocols : [...protocols, BEARER_SUBPROTOCOL + token];
    const client = new TestClient(timeoutMs);
    const giveUp = new AbortController();
    const opened = dial({ url, protocols: offer, headers, signal: giveUp.signal }, client.#end());
    try {
      await within(opened, timeoutMs, `the answer to the upgrade of ${url}`);
    } catch (error) {
      giveUp.abort();
      throw error;
    }
    return client;
  }

  private constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#closed = new Promise((resolve) => {
      this.#closedWith = resolve;
    });
  }

  /** Sends a request under an `id`, a fresh one unless it has one, and waits for its reply. */
  async request(message: object, timeoutMs = this.#timeoutMs): Promise<TestMessage> {
    const sent: TestMessage = { id: `request-${++this.#lastId}`, ...message };
    this.#awaited.add(sent.id);
    this.send(sent);
    const what = `the reply to ${JSON.stringify(sent).slice(0, 300)}`;
    return this.#requested
      .take(timeoutMs, what, ({ id }) => id === sent.id)
      .finally(() => this.#awaited.delete(sent.id));
  }

  /** Sends an object as JSON, and text as it is. A reply to it is for `next`. */
  send(message: object | string): void {
    this.#link?.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The next message that nobody took: anything but `welcome` and the replies that `request` waits for. */
  next(timeoutMs = this.#timeoutMs): Promise<TestMessage> {
    return this.#others.take(timeoutMs, "a message");
  }

  /** The first such message that fits; those before it stay for `next`. */
  nextMatching(fits: (message: TestMessage) => boolean, timeoutMs = this.#timeoutMs): Promise<TestMessage> {
    return this.#others.take(timeoutMs, `a message that fits ${fits}`, fits);
  }

  /** What came and nobody took. After a `request` it is all that was published before. */
  get unread(): readonly TestMessage[] {
    return this.#others.unread;
  }

  /** How the connection was closed, waited for. */
  closed(timeoutMs = this.#timeoutMs): Promise<TestClose> {
    return within(this.#closed, timeoutMs, "the close of the connection");
  }

  /** Closes the connection; gives how both ends then see it. */
  close(code = 1000, reason = ""): Promise<TestClose> {
    this.#link?.close(code, reason);
    return this.closed();
  }

  /** Breaks the connection: nothing that is on its way arrives, and both ends see 1006. */
  cut(): void {
    this.#link?.cut();
  }

  /** Takes nothing from now on: what is sent stays unsent on the server. It can still send. */
  stall(): void {
    this.#link?.stall();
  }

  /** Ends `stall`: what was sent meanwhile arrives. */
  resume(): void {
    this.#link?.resume();
  }

  /** Loses what is on its way and whatever is sent from now on, either way, and tells neither end. */
  vanish(): void {
    this.#link?.vanish();
  }

  /** Leaves, whatever state the connection is in. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#link?.close(1000);
    this.#link?.resume();
    await within(this.#closed, 50, "the close").catch(() => this.#link?.cut());
  }

  #end(): ClientEnd {
    return {
      opened: (link, subprotocol) => {
        this.#link = link;
        this.protocol = subprotocol;
      },
      received: (text) => this.#took(text),
      closed: (code, reason) => {
        const why = `closed with ${code} ${JSON.stringify(reason)}`;
        for (const box of [this.#others, this.#requested]) box.end(why);
        this.#closedWith({ code, reason });
      },
    };
  }

  #took(text: string): void {
    for (const message of messagesIn(text)) {
      this.received.push(message);
      if (message.type === "welcome") this.welcome ??= message;
      else if (isReply(message) && this.#awaited.has(message.id)) this.#requested.push(message);
      else this.#others.push(message);
    }
  }
}
