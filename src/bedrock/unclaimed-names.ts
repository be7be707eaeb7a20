import type { ProducerHub } from "./hub.ts";
import { resourceTopic, serverOf } from "./resource-update.ts";

/**
 * Servers that are watched by name and are not configured here. A publisher elsewhere may sample one of them;
 * it is left to that publisher while its figures come.
 */
export class UnclaimedNames {
  readonly #hub: ProducerHub;
  readonly #intervalMs: number;
  /** Until when (monotonic clock, milliseconds) nothing is said of a name. */
  readonly #quietUntil = new Map<string, number>();
  #endListening = () => {};

  /** @param intervalMs Time between samples in milliseconds. */
  constructor(hub: ProducerHub, intervalMs: number) {
    this.#hub = hub;
    this.#intervalMs = intervalMs;
  }

  get size(): number {
    return this.#quietUntil.size;
  }

  /** Somebody watches the name: whoever samples it has one interval in which to be heard first. */
  add(name: string): void {
    if (this.#quietUntil.has(name)) return;
    // A little less, or a timer that fires early by a hair makes it two.
    this.#quietUntil.set(name, performance.now() + 0.9 * this.#intervalMs);
    if (this.size > 1) return;
    this.#endListening = this.#hub.listen(resourceTopic("*"), (it) => this.#heard(it.topic, it.data), {
      passive: true,
    });
  }

  /** Nobody watches the name any more. */
  delete(name: string): void {
    if (this.#quietUntil.delete(name) && this.size === 0) this.#endListening();
  }

  clear(): void {
    for (const name of [...this.#quietUntil.keys()]) this.delete(name);
  }

  /** The names that nobody has published figures of lately. */
  due(): string[] {
    const now = performance.now();
    return [...this.#quietUntil].filter(([, until]) => until <= now).map(([name]) => name);
  }

  #heard(topic: string, data: unknown): void {
    const name = serverOf(topic);
    if (name === undefined || !this.#quietUntil.has(name) || !hasFigures(data)) return;
    this.#quietUntil.set(name, performance.now() + 3 * this.#intervalMs);
  }
}

function hasFigures(data: unknown): boolean {
  return typeof data === "object" && data !== null && "process_info" in data && data.process_info !== null;
}
