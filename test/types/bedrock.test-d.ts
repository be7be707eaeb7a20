// Compiled, never run: what must not compile stands behind @ts-expect-error.

import {
  type EventName,
  eventsOf,
  isEventName,
  type ProducerHub,
  publishEvent,
  startLogTail,
  startResourceMonitor,
  type Task,
  TaskRunner,
  type TaskUpdate,
} from "../../src/bedrock/index.ts";
import { type Published, TopicHub } from "../../src/index.ts";

const hub: TopicHub = new TopicHub({ onConnect: (connection) => tasks.resend(connection) });
const tasks = new TaskRunner(hub);
const withEvents = eventsOf(hub, { onError: (_, { stage }: { stage: "event" }) => stage });
const names = { before: "before_backup", after: "after_backup" } as const;
declare const anything: unknown;

interface Server {
  name: string;
  port: number;
}
const makeBackup = async (server: Server, _name?: string) => ({ file: `${server.name}.zip` });
const first = <T>(items: T[]): T | undefined => items[0];
function rename(this: Server, to: string): string {
  return this.name + to;
}

export async function compiles() {
  const published: Published = await publishEvent(hub, "after_backup", { server_name: "survival" });
  // A hub fits what the producers need as it is.
  const producers: ProducerHub = hub;
  if (isEventName(anything)) await publishEvent(producers, anything, null);
  return published;
}

export async function wrapsFunctionsAsTheyAre(server: Server) {
  const backup: typeof makeBackup = withEvents(names, makeBackup, { fields: ["name", "port"] });
  const { file }: { file: string } = await backup(server, "a name");
  withEvents({ after: "after_backup" }, makeBackup, {
    fields: ({ name }, by) => ({ server_name: name, by }),
    result: (made) => made.file.length,
  });
  withEvents({ before: "before_backup" }, rename).call(server, "b");
  const one: number | undefined = withEvents(names, first)([1]);
  return [file, one];
}

export async function runsTasks() {
  const task: Task = tasks.start("alex", "backup", async ({ progress, signal, id }) => {
    progress(`${id} ${signal.aborted}`);
    return { any: ["result"] };
  });
  const { status, message }: TaskUpdate = await task.done;
  const found: Task | undefined = tasks.get(task.id, "alex");
  const isCancelled: boolean = tasks.cancel(task.id, "alex") || task.cancel();
  await tasks.close({ timeoutMs: 1000 });
  return [status, message, found, isCancelled];
}

export async function tailsLogs() {
  const servers = [{ name: "survival", pid: 1, log_file: "server.log" }];
  startResourceMonitor(hub, { servers });
  await startLogTail(hub, { servers, appLog: null, intervalMs: 100 }).stop();
}

export function wrapsNothingElse(server: Server) {
  // @ts-expect-error an event that is not there
  withEvents({ before: "before_lunch" }, makeBackup);
  // @ts-expect-error a property that the first argument does not have
  withEvents(names, makeBackup, { fields: ["password"] });
  // @ts-expect-error a property of an argument that has none
  withEvents(names, rename, { fields: ["length"] });
  // @ts-expect-error fields that are no object
  withEvents(names, makeBackup, { fields: ({ name }) => name });
  // @ts-expect-error a property that the result does not have
  withEvents(names, makeBackup, { result: ({ size }) => size });
  // @ts-expect-error an option that is not there
  withEvents(names, makeBackup, { args: true });
  // @ts-expect-error no function
  withEvents(names, "makeBackup");
  // @ts-expect-error the arguments stay those of the function
  withEvents(names, makeBackup)("survival");
  // @ts-expect-error and so does `this`
  withEvents(names, rename).call("survival", "b");
  return server;
}

export function runsNothingElse() {
  // @ts-expect-error a task without a user
  tasks.start("backup", () => {});
  // @ts-expect-error whose task it is has to be said
  tasks.get("id");
  // @ts-expect-error also to cancel it
  tasks.cancel("id");
  // @ts-expect-error a user in place of a connection
  void tasks.resend("alex");
  // @ts-expect-error progress is a text
  tasks.start("alex", "backup", ({ progress }) => progress(5));
  // @ts-expect-error a task changes itself
  tasks.start("alex", "backup", () => {}).state = anything;
  // @ts-expect-error an option that is not there
  new TaskRunner(hub, { maxTasks: 1 });
  // @ts-expect-error a log that is none
  startLogTail(hub, { appLog: 5 });
}

export function doesNotCompile() {
  // @ts-expect-error an event that is not there
  void publishEvent(hub, "after_bakup", {});
  // @ts-expect-error the topic in place of the name
  void publishEvent(hub, "event:after_backup", {});
  // @ts-expect-error a name that may be any text
  void publishEvent(hub, String(anything), {});
  // @ts-expect-error no data
  void publishEvent(hub, "after_backup");
  // @ts-expect-error a name that is not there
  const name: EventName = "before_lunch";
  // @ts-expect-error a server without a name
  startResourceMonitor(hub, { servers: [{ pid: 1 }] });
  return name;
}
