import type { Broker } from "./broker.ts";

/**
 * What this hub asks its broker for. Counted, so that a subscription that ends never takes from the broker
 * what another one, perhaps still on its way, needs.
 */
export class Interest {
  readonly #broker: Pick<Broker, "subscribe" | "unsubscribe">;
  readonly #onError: (error: unknown) => void;
  readonly #held = new Map<string, { count: number; ready: Promise<void> | undefined }>();

  constructor(broker: Pick<Broker, "subscribe" | "unsubscribe">, onError: (error: unknown) => void) {
    this.#broker = broker;
    this.#onError = onError;
  }

  /** Settles once publications of all selectors arrive; where it rejects, nothing is held of them. */
  async acquire(selectors: readonly string[]): Promise<void> {
    try {
      await this.hold(selectors);
    } catch (error) {
      this.release(selectors);
      throw error;
    }
  }

  /** As `acquire`, for who may give up meanwhile: it is held at once, and until `release`, even where this rejects. */
  async hold(selectors: readonly string[]): Promise<void> {
    const results = await Promise.allSettled(selectors.map((selector) => this.#hold(selector)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }

  release(selectors: readonly string[]): void {
    for (const selector of selectors) {
      const held = this.#held.get(selector);
      if (!held || --held.count > 0) continue;
      this.#held.delete(selector);
      this.#unsubscribe(selector).catch(this.#onError);
    }
  }

  /** Topics and patterns asked for. */
  get size(): number {
    return this.#held.size;
  }

  #hold(selector: string): Promise<void> | undefined {
    const held = this.#held.get(selector) ?? { count: 0, ready: undefined };
    if (held.count++ === 0) {
      this.#held.set(selector, held);
      held.ready = this.#subscribe(selector);
    }
    return held.ready;
  }

  // Async, so that what a broker throws becomes a rejection as well.
  async #unsubscribe(selector: string): Promise<void> {
    await this.#broker.unsubscribe(selector);
  }

  async #subscribe(selector: string): Promise<void> {
    await this.#broker.subscribe(selector);
  }
}
