// Run by a test: watches this very process, and has nothing else that would keep it alive.
import process from "node:process";
import { startResourceMonitor } from "../../../src/bedrock/index.ts";
import { TopicHub } from "../../../src/hub/topic-hub.ts";

const hub = new TopicHub();
startResourceMonitor(hub, { servers: [], intervalMs: 100, onError: (error) => console.log(String(error)) });
const samples: unknown[] = [];
hub.listen("resource-monitor:topichub", ({ data }) => void samples.push(data));
setTimeout(() => {}, 1000);
process.on("exit", () => console.log(JSON.stringify(samples)));
