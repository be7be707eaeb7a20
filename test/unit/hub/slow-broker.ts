import type { Broker, BrokerFactory } from "../../../src/hub/broker.ts";
import { matches } from "../../../src/protocol/topic.ts";

interface Order {
  selector: string;
  carryOut(): void;
}

/**
 * A broker that hands on only what it was asked for. While it is slow, what it is asked for takes effect
 * when a test says so.
 */
export class SlowBroker {
  isSlow = true;
  /** Every call, such as `subscribe a`. */
  readonly calls: string[] = [];
  /** What reaches the hub now. */
  readonly asked = new Set<string>();
  /** Selectors that it cannot subscribe to. */
  readonly failing = new Set<string>();
  /** Where set, it takes no publications. */
  publishError: Error | undefined;
  /** True once it was closed. */
  isClosed = false;
  readonly #orders: Order[] = [];

  readonly factory: BrokerFactory = (sink): Broker => ({
    publish: async (envelope) => {
      if (this.publishError) throw this.publishError;
      if ([...this.asked].some((selector) => matches(selector, envelope.topic))) sink.deliver(envelope);
      return undefined;
    },
    subscribe: (selector) =>
      this.#order(`subscribe ${selector}`, selector, () => {
        if (this.failing.has(selector)) throw new Error(`no ${selector}`);
        this.asked.add(selector);
      }),
    unsubscribe: (selector) =>
      this.#order(`unsubscribe ${selector}`, selector, () => void this.asked.delete(selector)),
    locate: (selectors, at) => at(selectors.map(() => ({ epoch: "k3v9", floor: 0, topics: new Map() }))),
    history: () => undefined,
    close: async () => {
      this.isClosed = true;
    },
  });

  /** Carries out what it was asked for, of one selector or of all, in the order of the calls. */
  settle(only?: string): void {
    const due = this.#orders.filter(({ selector }) => only === undefined || selector === only);
    for (const order of due) {
      this.#orders.splice(this.#orders.indexOf(order), 1);
      order.carryOut();
    }
  }

  #order(call: string, selector: string, effect: () => void): Promise<void> {
    this.calls.push(call);
    return new Promise((resolve, reject) => {
      const carryOut = () => {
        try {
          resolve(effect());
        } catch (error) {
          reject(error);
        }
      };
      if (this.isSlow) this.#orders.push({ selector, carryOut });
      else carryOut();
    });
  }
}
