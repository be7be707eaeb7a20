export { EVENT_NAMES, type EventName, isEventName, publishEvent } from "./events.ts";
export type { ProducerHub } from "./hub.ts";
export {
  type ResourceMonitor,
  type ResourceMonitorOptions,
  startResourceMonitor,
} from "./resource-monitor.ts";
export type { ProcessInfo, ResourceUpdate } from "./resource-update.ts";
export type { MonitoredServer } from "./server-process.ts";
export { isTaskTopic, topicType } from "./topics.ts";
