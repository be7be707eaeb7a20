export { bedrockTopics } from "./catalogue.ts";
export { EVENT_NAMES, type EventName, isEventName, publishEvent } from "./events.ts";
export type { OnError } from "./failures.ts";
export type { DirectHub, DirectMessage, ProducerHub, PublishingHub } from "./hub.ts";
export { type LogTail, type LogTailOptions, startLogTail } from "./log-tail.ts";
export {
  type ResourceMonitor,
  type ResourceMonitorOptions,
  startResourceMonitor,
} from "./resource-monitor.ts";
export type { ProcessInfo, ResourceUpdate } from "./resource-update.ts";
export type { MonitoredServer } from "./server-process.ts";
export type { Task, TaskContext, TaskFunction, TaskUpdate } from "./task.ts";
export { TaskRunner, type TaskRunnerOptions } from "./task-runner.ts";
export { isTaskTopic, topicType } from "./topics.ts";
export {
  type AnyFunction,
  type EventPair,
  type EventsOptions,
  eventsOf,
  type TellOptions,
  type WithEvents,
} from "./with-events.ts";
