import { expect, test } from "bun:test";
import {
  type DirectHub,
  type Task,
  type TaskFunction,
  TaskRunner,
  type TaskRunnerOptions,
} from "../../../src/bedrock/index.ts";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { eventually, within } from "../../support/deadline.ts";

const RUNNING = { status: "in_progress", message: "Task 'backup' is running", username: "alex" };
const CANCELLED = { status: "error", message: "Cancelled", username: "alex" };

/** A task runner on a hub with a connection of each of these users; `told` is what each of them got. */
function running(options: TaskRunnerOptions = {}, change: Partial<DirectHub> = {}) {
  const hub = new TopicHub();
  const errors: unknown[] = [];
  const direct: DirectHub = {
    sendToUser: (...args) => hub.sendToUser(...args),
    sendToConnection: (...args) => hub.sendToConnection(...args),
    ...change,
  };
  const onError: TaskRunnerOptions["onError"] = (error, { stage }) => void errors.push([stage, error]);
  const tasks = new TaskRunner(direct, { onError, ...options });
  const connect = (user: string) => {
    const told: { topic?: string; data: unknown }[] = [];
    const transport = {
      canTerminate: true,
      canPing: true,
      send: (text: string) => void told.push(JSON.parse(text)),
      close() {},
      ping() {},
      terminate() {},
      pause() {},
      resume() {},
      unsentBytes: () => 0,
    };
    const principal = { user, isAdmin: false, claims: {} };
    return { connection: hub.connect({ principal, transport, unsentLimit: 1 << 20 }), told };
  };
  const backup = (fn: TaskFunction, user = "alex") => tasks.start(user, "backup", fn);
  return { hub, tasks, errors, connect, backup };
}

const never: TaskFunction = () => new Promise(() => {});
const untilAborted: TaskFunction = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

test("a task tells the user who started it, directly, and nobody else", async () => {
  const { connect, backup, hub } = running();
  const [alex, again, kim] = [connect("alex"), connect("alex"), connect("kim")];
  await hub.subscribe(kim.connection, "*");
  const task = backup(async ({ progress }) => {
    progress("half of it");
    await undefined;
    return { file: "a.zip" };
  });
  const done = {
    status: "success",
    message: "Task 'backup' is done",
    result: { file: "a.zip" },
    username: "alex",
  };
  expect(await task.done).toEqual(done as never);
  const updates = [RUNNING, { ...RUNNING, message: "half of it" }, done].map((data) => ({
    type: "task_update",
    topic: `task:${task.id}`,
    data,
    time: expect.any(Number),
    direct: true,
  }));
  expect(alex.told).toEqual(updates);
  expect(again.told).toEqual(updates);
  expect(kim.told).toEqual([]);
});

test("what starts a task has it before its function is called", async () => {
  const { backup, tasks } = running();
  let began: string | undefined;
  const task = backup(({ id }) => {
    began = id;
  });
  expect([began, task.state, task.name, task.user]).toEqual([undefined, RUNNING as never, "backup", "alex"]);
  expect(tasks.get(task.id, "alex")).toBe(task);
  expect(await task.done).toEqual({ status: "success", message: "Task 'backup' is done", username: "alex" });
  expect(began).toBe(task.id);
});

test("a task that throws ends with the message; what it threw goes to onError whole", async () => {
  const { backup, errors } = running();
  const error = new Error("no space left");
  const fails: TaskFunction[] = [
    () => {
      throw error;
    },
    () => Promise.reject(error),
  ];
  for (const fn of fails) {
    expect(await backup(fn).done).toEqual({ status: "error", message: "no space left", username: "alex" });
    expect(errors.pop()).toEqual(["task", error]);
  }
});

test.each([[1n], [() => {}], [Symbol("s")], [{ toJSON: () => undefined }]])(
  "a result that JSON cannot hold ends it as an error",
  async (result) => {
    const { backup, errors } = running();
    const message = "The result of the task cannot be told: JSON cannot hold it";
    expect(await backup(() => result).done).toEqual({ status: "error", message, username: "alex" });
    expect(errors.map(String)).toEqual([`task,TypeError: ${message}`]);
  },
);

test("the result told and kept is the one of that moment", async () => {
  const { backup } = running();
  const result = { files: 1 };
  const task = backup(() => result);
  await task.done;
  result.files = 2;
  expect(task.state.result).toEqual({ files: 1 });
});

test("a cancelled task ends at once, whether or not its function heeds it", async () => {
  const { backup, tasks, connect, errors } = running();
  const { told } = connect("alex");
  const heeding = backup(untilAborted);
  let goOn = () => {};
  const deaf = backup(async ({ progress }) => {
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
    progress("still here");
    return "done";
  });
  await undefined;
  expect([heeding.cancel(), tasks.cancel(deaf.id, "alex")]).toEqual([true, true]);
  expect([heeding.cancel(), tasks.cancel(deaf.id, "alex")]).toEqual([false, false]);
  expect([heeding.state, await heeding.done, await deaf.done]).toEqual(Array(3).fill(CANCELLED));
  const count = told.length;
  goOn();
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toHaveLength(count);
  expect(deaf.state).toEqual(CANCELLED as never);
  expect(errors).toEqual([]);
});

test("a task that is cancelled before its function was called never calls it", async () => {
  const { backup } = running();
  let isCalled = false;
  const task = backup(() => {
    isCalled = true;
  });
  task.cancel();
  await task.done;
  await new Promise((resolve) => setImmediate(resolve));
  expect(isCalled).toBe(false);
});

test("nobody gets at a task of another user", async () => {
  const { backup, tasks, connect } = running();
  const running1 = backup(never);
  const ended = backup(() => "secret");
  await ended.done;
  for (const { id } of [running1, ended]) {
    expect(tasks.get(id, "kim")).toBeUndefined();
    expect(tasks.get(id, undefined as never)).toBeUndefined();
    expect(tasks.cancel(id, "kim")).toBe(false);
  }
  expect(tasks.ofUser("kim")).toEqual([]);
  const kim = connect("kim");
  await tasks.resend(kim.connection);
  expect(kim.told).toEqual([]);
  expect(running1.state).toEqual(RUNNING as never);
  expect(tasks.get("none", "alex")).toBeUndefined();
});

test("a user who comes back is told the last state of each task, on that connection only", async () => {
  const { backup, tasks, connect } = running();
  const ended = backup(() => 1);
  await ended.done;
  const going = backup(({ progress }) => {
    progress("half of it");
    return new Promise(() => {});
  });
  await undefined;
  const [first, second] = [connect("alex"), connect("alex")];
  await tasks.resend(second.connection);
  expect(first.told).toEqual([]);
  expect(second.told.map(({ topic, data }) => [topic, data])).toEqual([
    [`task:${ended.id}`, ended.state],
    [`task:${going.id}`, { ...RUNNING, message: "half of it" }],
  ]);
});

test("resending is one line in the hub's onConnect", async () => {
  const hub: TopicHub = new TopicHub({ onConnect: (connection) => tasks.resend(connection) });
  const tasks = new TaskRunner(hub);
  const task = tasks.start("alex", "backup", never);
  const told: string[] = [];
  const transport = {
    canTerminate: true,
    canPing: true,
    send: (text: string) => void told.push(text),
    close() {},
    ping() {},
    terminate() {},
    pause() {},
    resume() {},
    unsentBytes: () => 0,
  };
  hub.connect({ principal: { user: "alex", isAdmin: false, claims: {} }, transport, unsentLimit: 1 << 20 });
  expect(told.map((text) => JSON.parse(text).topic)).toEqual([`task:${task.id}`]);
});

test("what has ended is kept for a while", async () => {
  const { backup, tasks } = running({ keepMs: 100 });
  const task = backup(() => 1);
  await task.done;
  expect(tasks.ofUser("alex")).toEqual([task]);
  await eventually(() => tasks.get(task.id, "alex") === undefined, 2000, "the task to be gone");
  expect(tasks.ofUser("alex")).toEqual([]);
  expect(task.state.status).toBe("success");
});

test("past a limit, the task that ended first is forgotten first", async () => {
  const { backup, tasks } = running({ maxKept: 3, maxKeptPerUser: 2 });
  const ended = async (user: string) => {
    const task = backup(() => 1, user);
    await task.done;
    return task;
  };
  const [first, second, third] = [await ended("alex"), await ended("alex"), await ended("alex")];
  expect(tasks.get(first.id, "alex")).toBeUndefined();
  expect(tasks.ofUser("alex")).toEqual([second, third]);
  const [, last] = [await ended("kim"), await ended("kim")];
  expect(tasks.ofUser("alex")).toEqual([third]);
  expect(tasks.ofUser("kim")).toHaveLength(2);
  expect(tasks.get(last.id, "kim")).toBe(last);
});

test("no more run at once than may, those that ignore being cancelled counted too", async () => {
  const { backup } = running({ maxRunning: 2 });
  let end = () => {};
  const deaf = backup(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  backup(never);
  expect(() => backup(never)).toThrow("2 tasks are running: maxRunning allows no more at once");
  await undefined;
  deaf.cancel();
  await deaf.done;
  expect(() => backup(never)).toThrow("maxRunning");
  end();
  await new Promise((resolve) => setImmediate(resolve));
  backup(never);
});

test("closing takes no new tasks and waits for those that run", async () => {
  const { backup, tasks } = running();
  let end = () => {};
  const task = backup(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  await undefined;
  let isClosed = false;
  const closed = tasks.close().then(() => {
    isClosed = true;
  });
  expect(() => backup(never)).toThrow("The task runner is closed: it takes no tasks");
  await new Promise((resolve) => setImmediate(resolve));
  expect(isClosed).toBe(false);
  end();
  await within(closed, 2000, "the close");
  expect(task.state.status).toBe("success");
});

test("after its time a close cancels what still runs", async () => {
  const { backup, tasks } = running();
  const all = [backup(never), backup(untilAborted)];
  await within(tasks.close({ timeoutMs: 20, graceMs: 20 }), 2000, "the close");
  for (const { state } of all) expect(state).toEqual(CANCELLED as never);
  const again = tasks.close({ timeoutMs: Number.POSITIVE_INFINITY, graceMs: 20 });
  await within(again, 2000, "a second close");
});

test("a hub that fails is reported, and the task goes on", async () => {
  const cutOff = new Error("cut off");
  const { backup, tasks, errors } = running(
    {},
    {
      sendToUser: () => Promise.reject(cutOff),
      sendToConnection() {
        throw cutOff;
      },
    },
  );
  const task = backup(() => 1);
  expect((await task.done).status).toBe("success");
  await tasks.resend({ id: "1", user: "alex" });
  await eventually(() => errors.length === 3, 2000, "the failures");
  expect(errors).toEqual(Array(3).fill(["task", cutOff]));
});

test("a task is some user's, and a function", () => {
  const { tasks } = running();
  for (const user of ["", undefined, 7])
    expect(() => tasks.start(user as string, "backup", never)).toThrow(TypeError);
  expect(() => tasks.start("alex", "backup", "text" as never)).toThrow("A task takes a function, got string");
});

test("a close waits for what cancelled functions clean up", async () => {
  const { backup, tasks } = running();
  let isClean = false;
  const cleaning: TaskFunction = async (context) => {
    try {
      await untilAborted(context);
    } finally {
      await new Promise((resolve) => setImmediate(resolve));
      isClean = true;
    }
  };
  const before = backup(cleaning);
  await undefined;
  before.cancel();
  await within(tasks.close(), 2000, "the close");
  expect(isClean).toBe(true);

  const late = running();
  isClean = false;
  late.backup(cleaning);
  await within(late.tasks.close({ timeoutMs: 20 }), 2000, "the close");
  expect(isClean).toBe(true);
});

test("of a storm of progress the user is told the newest, ten times a second", async () => {
  const { backup, connect } = running();
  const { told } = connect("alex");
  let end = () => {};
  const task = backup(async ({ progress }) => {
    for (let at = 1; at <= 100_000; at++) progress(`${at} files`);
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    for (let at = 1; at <= 100_000; at++) progress(`${at} more`);
  });
  const messages = () => told.map(({ data }) => (data as { message: string }).message);
  await eventually(() => told.length === 3, 2000, "the newest");
  expect(messages().slice(1)).toEqual(["1 files", "100000 files"]);
  expect(task.state.message).toBe("100000 files");
  end();
  await task.done;
  expect(messages().slice(3)).toEqual(["Task 'backup' is done"]);
});

test("what is told of a task is short, whatever its function says", async () => {
  const { backup } = running();
  const [long, short] = ["😀".repeat(1025), `${"😀".repeat(1024)}…`];
  const going = backup(({ progress }) => {
    progress(long);
    return new Promise(() => {});
  });
  const failing = backup(() => Promise.reject(new Error(long)));
  await undefined;
  expect(going.state.message).toBe(short);
  expect((await failing.done).message).toBe(short);
});

test("a result that is too long ends its task as an error that says so", async () => {
  const { backup, errors } = running({ maxResultBytes: 12 });
  expect(await backup(() => "x".repeat(10)).done).toMatchObject({ result: "x".repeat(10) });
  const message = "The result of the task cannot be told: it takes more than 12 bytes";
  expect(await backup(() => "x".repeat(11)).done).toEqual({ status: "error", message, username: "alex" });
  expect(errors.map(String)).toEqual([`task,TypeError: ${message}`]);
  expect((await running().backup(() => "x".repeat(65_535)).done).status).toBe("error");
});

test("who comes back gets no more than may wait in a connection", async () => {
  const { backup, tasks, connect } = running();
  const ended: Task[] = [];
  for (let at = 0; at < 100; at++) {
    const task = backup(() => `${at} ${"x".repeat(60_000)}`);
    await task.done;
    ended.push(task);
  }
  await backup(() => 1, "kim").done;
  const { connection, told } = connect("alex");
  await tasks.resend(connection);
  expect(JSON.stringify(told).length).toBeLessThan(1 << 19);
  expect(tasks.ofUser("alex")).toEqual(ended.slice(-8));
  expect(tasks.ofUser("kim")).toHaveLength(1);
});

test("one user leaves room for the others", () => {
  const { backup } = running({ maxRunningPerUser: 2 });
  backup(never);
  backup(never);
  expect(() => backup(never)).toThrow(
    "2 tasks of this user are running: maxRunningPerUser allows no more at once",
  );
  backup(never, "kim");
});
