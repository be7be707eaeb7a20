import { type Child, type Exit, startChild } from "./child.ts";
import { eventually, within } from "./deadline.ts";
import { type EnvironmentOptions, environment } from "./environment.ts";
import { ROOT, type Target } from "./targets.ts";

export interface SpawnOptions extends EnvironmentOptions {
  /** After the target's own command. */
  args?: readonly string[];
  /** The project's folder unless told. */
  cwd?: string;
  /** Makes its standard error a pipe that nobody reads; `stderr()` is empty then. */
  leavesLogsUnread?: boolean;
  ms?: number;
}

/** A server that accepts connections. */
export interface Server extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** What the listening line says. */
  readonly runtime: string;
  stdout(): string;
  stderr(): string;
  /** Sends it, and waits for nothing: SIGSTOP, SIGCONT, the second SIGTERM. */
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal and waits for the end; after `ms` it is killed, and this rejects. */
  stop(signal?: NodeJS.Signals, ms?: number): Promise<Exit>;
  readonly exited: Promise<Exit>;
  /** Closes the pipe that nobody reads, as a log collector does that died. */
  closeLogs(): void;
}

// The program, or one of the examples.
const LISTENING = /^[\w-]+ listening on (http:\/\/\S+) \((\w+)\)$/m;

/** Starts a server and waits for its listening line. Rejects with status and output where it ends before. */
export async function spawnServer(
  target: Pick<Target, "command">,
  options: SpawnOptions = {},
): Promise<Server> {
  const child = start(target, options);
  let ended: Error | undefined;
  child.exited.then(
    (exit) => {
      ended = new Error(`it ended before it listened\n${report(exit, child)}`);
    },
    (error: Error) => {
      ended = error;
    },
  );
  const what = () => `the listening line of ${target.command.join(" ")}\n${report(undefined, child)}`;
  try {
    const found = await eventually(() => LISTENING.exec(child.stdout()) ?? ended, options.ms ?? 15_000, what);
    if (found instanceof Error) throw found;
    const [, url = "", runtime = ""] = found;
    return serverOf(child, url, runtime);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** Runs a start that is to fail, or a command that ends by itself. */
export async function runToExit(
  target: Pick<Target, "command">,
  options: SpawnOptions = {},
): Promise<Exit & { stdout: string; stderr: string }> {
  const child = start(target, options);
  try {
    const exit = await within(
      child.exited,
      options.ms ?? 15_000,
      () => `the end; ${report(undefined, child)}`,
    );
    return { ...exit, stdout: child.stdout(), stderr: child.stderr() };
  } finally {
    child.kill("SIGKILL");
  }
}

function start({ command }: Pick<Target, "command">, options: SpawnOptions): Child {
  const { args = [], cwd = ROOT } = options;
  return startChild([...command, ...args], {
    cwd,
    env: environment(options),
    leavesLogsUnread: options.leavesLogsUnread,
  });
}

function serverOf(child: Child, url: string, runtime: string): Server {
  const { hostname, port } = new URL(url);
  return {
    url,
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port),
    pid: child.pid,
    runtime,
    stdout: child.stdout,
    stderr: child.stderr,
    signal: child.kill,
    async stop(signal = "SIGTERM", ms = 15_000) {
      child.kill(signal);
      try {
        return await within(child.exited, ms, () => `the end after ${signal}; ${report(undefined, child)}`);
      } finally {
        child.kill("SIGKILL");
      }
    },
    exited: child.exited,
    closeLogs: child.closeLogs,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

function report(exit: Exit | undefined, child: Child): string {
  const status = exit ? `status ${exit.code ?? exit.signal}\n` : "";
  return `${status}stdout: ${child.stdout().slice(-2000)}\nstderr: ${child.stderr().slice(-4000)}`;
}
