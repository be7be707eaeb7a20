import type { BrokerFactory } from "../hub/broker.ts";
import { HistoryStore } from "./history-store.ts";

/** The broker of a single process: what is published is kept and delivered before `publish` returns. */
export function memoryBroker(): BrokerFactory {
  return (sink, settings) => {
    const store = new HistoryStore(settings);
    let isClosed = false;
    return {
      publish(envelope) {
        if (isClosed) throw new Error("The broker is closed: it takes no publications");
        // Placed first: what the sink publishes in turn comes after it.
        const position = store.keep(envelope);
        sink.deliver(envelope, position);
        return position;
      },
      subscribe() {},
      unsubscribe() {},
      locate(selectors, at) {
        at(store.locate(selectors));
      },
      history(topic, query) {
        return store.read(topic, query);
      },
      async close() {
        isClosed = true;
        store.close();
      },
    };
  };
}
