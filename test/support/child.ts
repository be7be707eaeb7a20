import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder, tellGuard } from "./guard.ts";
import { tailOf } from "./tail.ts";
import { createUnreadPipe } from "./unread-pipe.ts";

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  cwd: string;
  env: Record<string, string>;
  /** Makes its standard error a pipe that nobody reads, in place of a file. */
  leavesLogsUnread: boolean | undefined;
}

/** A process of ours, and what it said. */
export interface Child {
  readonly pid: number;
  /** What it wrote so far, of much only the newest part. */
  stdout(): string;
  /** The same; empty where its logs are left unread. */
  stderr(): string;
  /** Closes the reading end of the pipe that nobody reads. */
  closeLogs(): void;
  /** Nothing once it ended: the pid may be somebody else's. */
  kill(signal: NodeJS.Signals): void;
  /** Rejects only where it could not be started. */
  readonly exited: Promise<Exit>;
}

/**
 * It writes to files, not to pipes: Bun 1.4.5 now and then stops reading a child's pipe for good (bytes
 * stay in the socket), after which the child hangs in a write and "close" never comes.
 */
export function startChild(command: readonly string[], options: ChildOptions): Child {
  const folder = scratchFolder();
  const out = join(folder, "stdout");
  const err = join(folder, "stderr");
  const unread = options.leavesLogsUnread ? createUnreadPipe(join(folder, "unread")) : undefined;
  const outputs = [openSync(out, "a"), unread?.fd ?? openSync(err, "a")] as const;
  const [program = "", ...args] = command;
  const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: ["ignore", ...outputs] });
  for (const fd of outputs) closeSync(fd);

  const { pid = 0 } = child;
  const exited = Promise.withResolvers<Exit>();
  let isAlive = pid > 0;
  if (isAlive) tellGuard("started", pid);
  child.once("error", exited.reject);
  child.once("exit", (code, signal) => {
    isAlive = false;
    tellGuard("ended", pid);
    unread?.close();
    exited.resolve({ code, signal });
  });
  return {
    pid,
    stdout: () => tailOf(out),
    stderr: () => (unread ? "" : tailOf(err)),
    closeLogs() {
      if (!unread) throw new Error("only a server started with leavesLogsUnread has a pipe to close");
      unread.close();
    },
    kill: (signal) => void (isAlive && child.kill(signal)),
    exited: exited.promise,
  };
}
