import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { endOf, lineIn } from "./server-log.mjs";

/**
 * How a process ended.
 * @typedef {object} Exit
 * @property {number | null} code
 * @property {string | null} signal
 */

const PROGRAM = fileURLToPath(new URL("bedrock-server.mjs", import.meta.url));
// Whatever runs this can run that.
const ARGUMENTS = "Deno" in globalThis ? ["run", "--allow-all", "--no-config", PROGRAM] : [PROGRAM];
// What it may take after "stop", and after SIGTERM.
const PATIENCE_MS = 4_000;

/** The process of one server; what it prints goes to its log file. */
export class ServerProcess {
  #child;
  #log;
  /** Where in its log its own lines begin. */
  #begin;
  #isAlive = true;

  /**
   * @param {string} folder Its working folder.
   * @param {string} log The log file, which is appended to.
   * @param {string} version
   */
  constructor(folder, log, version) {
    this.#log = log;
    this.#begin = endOf(log);
    const output = openSync(log, "a");
    const child = spawn(process.execPath, [...ARGUMENTS, version], {
      cwd: folder,
      // No more than it needs: our own environment holds the key that tokens are signed with.
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
      stdio: ["pipe", output, output],
    });
    closeSync(output);
    this.#child = child;
    // A command written to one that has just ended is lost with it.
    child.stdin?.on("error", () => {});
    /** @type {Promise<Exit>} Settles when it has ended; never rejects. */
    this.exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
      child.once("error", () => resolve({ code: null, signal: null }));
    });
    this.exited.then(() => {
      this.#isAlive = false;
    });
  }

  /** @param {string} line One command. */
  write(line) {
    this.#child.stdin?.write(`${line}\n`);
  }

  /**
   * Waits for a line that it prints.
   * @param {RegExp} pattern
   * @param {number} ms
   * @param {number} [from] Where in its log to begin, in bytes: with its first line unless given.
   * @throws {Error} Where none came within that time, or before it ended.
   */
  async line(pattern, ms, from = this.#begin) {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(new Error(`no line like ${pattern} within ${ms} ms`)), ms);
    this.exited.then(() => over.abort(new Error("it ended")));
    try {
      return await lineIn(this.#log, from, pattern, over.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it: by its own command, then by SIGTERM, then by SIGKILL. Settles when it has ended. */
  async stop() {
    const insists = [
      () => this.write("stop"),
      () => this.#child.kill("SIGTERM"),
      () => this.#child.kill("SIGKILL"),
    ];
    for (const insist of insists) {
      if (this.#isAlive) insist();
      await this.#within(PATIENCE_MS);
    }
    return this.exited;
  }

  /** @param {number} ms */
  async #within(ms) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    await Promise.race([this.exited, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
    clearTimeout(timer);
  }
}
