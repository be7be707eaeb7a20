// Run by a test, in a process of its own: what nobody awaits must not end it. Prints what happened, as JSON.
import process from "node:process";
import { TopicHub } from "../../../src/hub/topic-hub.ts";

const seen: string[] = [];
process.on("unhandledRejection", (error) => seen.push(`unhandled: ${error}`));

const hub = new TopicHub({
  broker: () => ({
    publish: () => Promise.reject(new Error("cut off")),
    subscribe: () => Promise.reject(new Error("no topic")),
    unsubscribe: () => Promise.reject(new Error("no way back")),
    locate: (selectors, at) => at(selectors.map(() => ({ epoch: "k3v9", floor: 0, topics: new Map() }))),
    history: () => undefined,
    close: async () => {},
  }),
  onError: (error, { stage }) => seen.push(`${stage}: ${error instanceof Error ? error.message : error}`),
  onConnect: () => Promise.reject(new Error("hook")),
});

void hub.publish("nobody", 1);
void hub.publish("a topic that is none", 1);
void hub.publish("nothing", undefined);
hub.publish("caught", 1).catch(() => {});
hub.publish("then", 1).then(undefined, () => {});
await hub.publish("awaited", 1).catch(() => {});
hub.listen("listened", () => {});
hub.connect({
  principal: { user: "alex", isAdmin: false, claims: {} },
  transport: {
    send() {},
    close() {},
    ping() {},
    terminate() {},
    pause() {},
    resume() {},
    canPing: true,
    canTerminate: true,
    unsentBytes: () => 0,
  },
  unsentLimit: 1000,
});
process.on("exit", () => console.log(JSON.stringify(seen)));
