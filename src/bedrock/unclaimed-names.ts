import type { ProducerHub } from "./hub.ts";
import { resourceTopic, serverOf } from "./resource-update.ts";
import { Ticker } from "./ticker.ts";

// Who may subscribe may make up any number of names, and what is told may be kept: it must not push out the histories of
// what is there. PROTOCOL.md, Samples.
const MOST_TOLD = 100;

/** Of which servers something is to be said, how often, and to whom. */
interface UnclaimedOptions {
  /** Time between samples in milliseconds. */
  intervalMs: number;
  /** True for a server that is sampled here. */
  isClaimed: (name: string) => boolean;
  /** Called every interval for a name that nobody has published figures of lately. */
  tell: (name: string) => void;
}

/**
 * Servers that are watched by name and are not configured here. A publisher elsewhere may sample one of them;
 * it is left to that publisher while its figures come.
 */
export class UnclaimedNames {
  readonly #hub: ProducerHub;
  readonly #options: UnclaimedOptions;
  /** Until when (monotonic clock, milliseconds) nothing is said of a name. */
  readonly #quietUntil = new Map<string, number>();
  readonly #ticker: Ticker;
  readonly #endings: (() => void)[];
  #endListening = () => {};

  constructor(hub: ProducerHub, options: UnclaimedOptions) {
    this.#hub = hub;
    this.#options = options;
    this.#ticker = new Ticker(options.intervalMs, () => this.#tick());
    this.#endings = [
      hub.on("topicActive", (selector) => this.#add(serverOf(selector))),
      hub.on("topicIdle", (selector) => this.#delete(serverOf(selector))),
    ];
  }

  stop(): void {
    for (const end of this.#endings) end();
    for (const name of [...this.#quietUntil.keys()]) this.#delete(name);
  }

  /** Somebody watches the name: whoever samples it has one interval in which to be heard first. */
  #add(name: string | undefined): void {
    const { intervalMs, isClaimed } = this.#options;
    if (name === undefined || isClaimed(name) || this.#quietUntil.has(name)) return;
    // A little less, or a timer that fires early by a hair makes it two.
    this.#quietUntil.set(name, performance.now() + 0.9 * intervalMs);
    this.#ticker.run(true);
    if (this.#quietUntil.size > 1) return;
    this.#endListening = this.#hub.listen(resourceTopic("*"), (it) => this.#heard(it.topic, it.data), {
      passive: true,
    });
  }

  /** Nobody watches the name any more. */
  #delete(name: string | undefined): void {
    if (name === undefined || !this.#quietUntil.delete(name) || this.#quietUntil.size > 0) return;
    this.#ticker.run(false);
    this.#endListening();
  }

  #tick(): void {
    const now = performance.now();
    const due = [...this.#quietUntil].filter(([, until]) => until <= now);
    for (const [name] of due.slice(0, MOST_TOLD)) this.#options.tell(name);
  }

  #heard(topic: string, data: unknown): void {
    const name = serverOf(topic);
    if (name === undefined || !this.#quietUntil.has(name) || !hasFigures(data)) return;
    this.#quietUntil.set(name, performance.now() + 3 * this.#options.intervalMs);
  }
}

function hasFigures(data: unknown): boolean {
  return typeof data === "object" && data !== null && "process_info" in data && data.process_info !== null;
}
