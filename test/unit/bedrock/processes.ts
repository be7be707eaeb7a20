import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LAST_PID = "/proc/sys/kernel/ns_last_pid";

/** True where this process may choose the next process id: root on Linux. */
export const canChoosePid = (() => {
  try {
    accessSync(LAST_PID, constants.W_OK);
    return true;
  } catch {
    return false;
  }
})();

/** Child processes and a folder of a test's own; all gone when it is disposed of. */
export class Workshop implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "topichub-bedrock-"));
  readonly #children = new Set<ChildProcess>();

  /** Starts a process; gives its id. */
  start(command: string, ...args: string[]): number {
    const child = spawn(command, args, { stdio: "ignore" });
    this.#children.add(child);
    if (child.pid === undefined) throw new Error(`${command} did not start`);
    return child.pid;
  }

  /** Starts a process that does nothing. */
  idle(): number {
    return this.start("sleep", "600");
  }

  /**
   * Starts a process that does nothing, with an id far from those in use: one that another test's process had
   * just now, the library would leave alone. So would it those that come after, had the ids been set back.
   */
  idleAnywhere(): number {
    const most = Number(readFileSync("/proc/sys/kernel/pid_max", "utf8"));
    const pid = Math.floor(most / 2 + (Math.random() * most) / 3);
    this.idleAs(pid);
    return pid;
  }

  /** Starts a process that does nothing and has this id, which must be free. */
  idleAs(pid: number): void {
    for (let tries = 0; tries < 50; tries++) {
      writeFileSync(LAST_PID, String(pid - 1));
      if (this.idle() === pid) return;
    }
    throw new Error(`process id ${pid} is not to be had`);
  }

  /** Ends a process that this workshop started, and waits until it is gone. */
  async end(pid: number): Promise<void> {
    const child = [...this.#children].find((it) => it.pid === pid && it.exitCode === null && !it.signalCode);
    if (!child) throw new Error(`${pid} is no process of this test`);
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    this.#children.delete(child);
  }

  /** Writes a pid file; gives its path. */
  pidFile(name: string, content: string | number): string {
    const path = join(this.folder, name);
    writeFileSync(path, String(content));
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { pid } of [...this.#children]) if (pid !== undefined) await this.end(pid).catch(() => {});
    rmSync(this.folder, { recursive: true, force: true });
  }
}
