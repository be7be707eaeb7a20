import type { BrokerFactory } from "../hub/broker.ts";

/** The broker of a single process: what is published is delivered before `publish` returns. */
export function memoryBroker(): BrokerFactory {
  return (sink) => ({
    publish(envelope) {
      sink.deliver(envelope);
      return undefined;
    },
    subscribe() {},
    unsubscribe() {},
    async history() {
      return undefined;
    },
    async close() {},
  });
}
