import type { Runtime } from "../routes/runtime.ts";
import type { Faults, TestConnection } from "./connection.ts";
import { type Exchange, type Exchanges, runtimeOf, upgradeIn } from "./exchange.ts";
import { type Handshake, handshakeRequest } from "./handshake.ts";
import { UpgradeRefusedError } from "./refused.ts";
import { type ClientEnd, SocketLink } from "./socket-link.ts";
import { StreamLink } from "./stream-link.ts";
import { TestClient, type TestConnectOptions } from "./test-client.ts";
import { TestWebSocket } from "./test-web-socket.ts";

/** What a network serves: a Hono app, or whatever answers requests. */
export interface TestApp {
  fetch(request: Request): Response | Promise<Response>;
}

/** The class that a network brings, in place of the platform's `WebSocket`. */
export type TestWebSocketConstructor = new (
  url: string | URL,
  protocols?: string | readonly string[],
) => TestWebSocket;

// No name that can be looked up: RFC 6761, section 6.2.
const ORIGIN = "http://test";

/**
 * A network between clients and an app in this process, without a port. All checks of the routes run as they do on a
 * server. Its faults befall every connection that is open.
 */
export class TestNetwork implements Faults {
  /** For `topicRoutes` in the app that is served. */
  readonly runtime: Runtime;
  /** For a client library, in place of the platform's: connects to the app. */
  readonly WebSocket: TestWebSocketConstructor;
  /** For a client library, in place of the platform's: asks the app. A path alone will do as the address. */
  readonly fetch: typeof globalThis.fetch;
  readonly #exchanges: Exchanges = new WeakMap();
  readonly #connections = new Set<TestConnection>();
  #app: TestApp | undefined;
  #isDown = false;

  /** @internal By `createTestNetwork`. */
  constructor(app: TestApp | undefined) {
    this.#app = app;
    this.runtime = runtimeOf(this.#exchanges);
    // Bun's `fetch` has a member beside.
    this.fetch = Object.assign(this.#fetch.bind(this), { preconnect() {} });
    const dial = this.#dial.bind(this);
    this.WebSocket = class extends TestWebSocket {
      constructor(url: string | URL, protocols: string | readonly string[] = []) {
        super(dial, addressOf(url).href, typeof protocols === "string" ? [protocols] : protocols);
      }
    };
  }

  /** Has an app answer from now on. */
  serve(app: TestApp): void {
    this.#app = app;
  }

  /**
   * Connects a test client, and waits for the server's welcome where it comes at once.
   * @param path As `/live/ws`, or a whole address.
   * @throws UpgradeRefusedError where the server refuses.
   */
  connect(path: string, options: TestConnectOptions = {}): Promise<TestClient> {
    return TestClient.connect(this.#dial.bind(this), addressOf(path).href, options);
  }

  /** What is open, the oldest first: WebSockets of any kind, and streams. */
  get connections(): readonly TestConnection[] {
    return [...this.#connections];
  }

  /** Has new connections and requests fail, until `up`. What is open stays so: see `cut`. */
  down(): void {
    this.#isDown = true;
  }

  /** Ends `down`. */
  up(): void {
    this.#isDown = false;
  }

  /** Breaks every connection. */
  cut(): void {
    for (const connection of this.connections) connection.cut();
  }

  /** Has no client take anything. */
  stall(): void {
    for (const connection of this.connections) connection.stall();
  }

  /** Ends `stall`. */
  resume(): void {
    for (const connection of this.connections) connection.resume();
  }

  /** Loses what is on its way on the connections that are open, and whatever is sent on them from now on. */
  vanish(): void {
    for (const connection of this.connections) connection.vanish();
  }

  async #dial(handshake: Handshake, client: ClientEnd): Promise<void> {
    const request = handshakeRequest(handshake);
    const { response, exchange } = await this.#exchange(request);
    const upgraded = upgradeIn(exchange, response);
    if (!upgraded) throw new UpgradeRefusedError(response, await response.text());
    const { events: server, subprotocol } = upgraded;
    if (request.signal.aborted) return server.closed(1006, "");
    const ended = (link: SocketLink) => this.#connections.delete(link);
    const link = new SocketLink(handshake.url, { client, server, ended });
    this.#connections.add(link);
    await link.open(subprotocol);
  }

  #fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = new Request(input instanceof Request ? input : addressOf(input), init);
    // As every server gets it: an origin is compared with it.
    request.headers.set("Host", new URL(request.url).host);
    const { signal } = request;
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.#answer(request).then(resolve, reject);
    });
  }

  async #answer(request: Request): Promise<Response> {
    const { response, exchange } = await this.#exchange(request);
    const { body } = response;
    const { url, signal } = request;
    if (!exchange.isHeldOpen || !body || signal.aborted) return response;
    const ended = (link: StreamLink) => this.#connections.delete(link);
    const stream = new StreamLink(body, { url, signal, ended });
    exchange.stream = stream;
    this.#connections.add(stream);
    return new Response(stream.body, response);
  }

  async #exchange(request: Request): Promise<{ response: Response; exchange: Exchange }> {
    request.signal.throwIfAborted();
    // What `fetch` rejects with where nobody is reached.
    if (this.#isDown) throw new TypeError("fetch failed: the test network is down");
    if (!this.#app) throw new Error("Nobody answers in this test network: network.serve(app) comes first");
    const exchange: Exchange = {};
    this.#exchanges.set(request, exchange);
    const response = await this.#app.fetch(request);
    return { response, exchange };
  }
}

/** Makes a network for tests, which serves the app that is given or the one that `serve` is given later. */
export function createTestNetwork(options: { app?: TestApp } = {}): TestNetwork {
  return new TestNetwork(options.app);
}

function addressOf(url: string | URL): URL {
  return new URL(url, ORIGIN);
}
