import { rmSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeJson } from "./json-file.mjs";
import { conflict, draining, failed } from "./problem.mjs";
import { endOf } from "./server-log.mjs";
import { ServerProcess } from "./server-process.mjs";

/** @import { Exit } from "./server-process.mjs" */
/** @typedef {"stopped" | "starting" | "running" | "stopping"} Status */
/** @typedef {{ version: string, autostart: boolean }} Settings */

/**
 * What a server tells of itself.
 * @typedef {object} ServerHooks
 * @property {(server: BedrockServer) => void} statusChanged
 * @property {(server: BedrockServer) => void} installed
 * @property {(server: BedrockServer, exit: Exit) => void} died It ended, and nobody had asked for that.
 */

/** The name of every server's world. */
export const LEVEL = "Bedrock level";

const START_MS = 15_000;
const SAVE_MS = 5_000;

/** One Bedrock server: its folder, and its process while it has one. */
export class BedrockServer {
  #hooks;
  /** @type {Status} */
  #status = "stopped";
  /** @type {ServerProcess | undefined} */
  #process;
  /** @type {string | undefined} What keeps others from changing it now. */
  #claim;
  #isClosed = false;

  /**
   * @param {string} name
   * @param {string} folder
   * @param {ServerHooks} hooks
   */
  constructor(name, folder, hooks) {
    this.name = name;
    this.folder = folder;
    this.#hooks = hooks;
  }

  get log() {
    return join(this.folder, "server.log");
  }

  get world() {
    return join(this.folder, "worlds", LEVEL);
  }

  get pidFile() {
    return join(this.folder, "bedrock_server.pid");
  }

  get status() {
    return this.#status;
  }

  /** True while it runs, or is on its way there. */
  get isUp() {
    return this.#status === "running" || this.#status === "starting";
  }

  get settings() {
    return readJson(join(this.folder, "settings.json"), { version: "", autostart: false });
  }

  /** @param {Partial<Settings>} changed */
  set(changed) {
    writeJson(join(this.folder, "settings.json"), { ...this.settings, ...changed });
  }

  /**
   * Keeps the server for one piece of work that must not meet another.
   * @param {string} work What it is, for people.
   * @param {Status} [status] In which the server must be for it.
   * @returns {() => void} What gives it back.
   * @throws {import("./problem.mjs").Problem} While other work has it, and in another status.
   */
  claim(work, status) {
    if (this.#claim !== undefined)
      throw conflict(`Server '${this.name}' is busy with its ${this.#claim}: try again when that is over`);
    if (status !== undefined) this.mustBe(status);
    this.#claim = work;
    return () => {
      this.#claim = undefined;
    };
  }

  /**
   * Does one piece of work while nothing else is done to the server.
   * @template T
   * @param {string} work
   * @param {Status | undefined} status
   * @param {() => T | Promise<T>} fn
   */
  async exclusively(work, status, fn) {
    const release = this.claim(work, status);
    try {
      return await fn();
    } finally {
      release();
    }
  }

  /**
   * @param {Status} status
   * @throws {import("./problem.mjs").Problem} In any other.
   */
  mustBe(status) {
    if (this.#status === status) return;
    const remedy = status === "stopped" ? "stop it first" : "start it first";
    throw conflict(
      `Server '${this.name}' is ${this.#status}, and this takes one that is ${status}: ${remedy}`,
    );
  }

  /** Starts its process; settles when it takes players. */
  async start() {
    if (this.#isClosed) throw draining("The manager is stopping: it starts no server any more");
    const process = new ServerProcess(this.folder, this.log, this.settings.version);
    this.#process = process;
    this.#become("starting");
    process.exited.then((exit) => this.#ended(exit));
    const isStarted = await process.line(/ Server started\.$/, START_MS).then(
      () => true,
      () => false,
    );
    if (isStarted && this.#status === "starting") return this.#become("running");
    const wasStopped = this.#status === "stopping";
    await process.stop();
    if (wasStopped) throw conflict(`Server '${this.name}' was stopped while it started`);
    throw failed(`Server '${this.name}' did not start: its log says why`);
  }

  /** Ends its process, in whatever state that is; settles when it has ended. */
  async stop() {
    if (!this.#process) return;
    this.#become("stopping");
    await this.#process.stop();
  }

  /** From now on it is not started any more. */
  close() {
    this.#isClosed = true;
  }

  /** @param {string} line One command, for its standard input. */
  command(line) {
    this.mustBe("running");
    this.#process?.write(line);
  }

  /**
   * Does something while the files of the world are whole and do not change.
   * @template T
   * @param {() => Promise<T>} work
   */
  async whileSaved(work) {
    const process = this.#process;
    if (this.#status !== "running" || !process) return work();
    const from = endOf(this.log);
    process.write("save hold");
    try {
      process.write("save query");
      await process.line(/ Data saved\./, SAVE_MS, from);
      return await work();
    } finally {
      process.write("save resume");
    }
  }

  /** @param {Exit} exit */
  #ended(exit) {
    const isDeath = this.#status === "running";
    this.#process = undefined;
    // One that was killed leaves it behind.
    rmSync(this.pidFile, { force: true });
    this.#become("stopped");
    if (isDeath) this.#hooks.died(this, exit);
  }

  /** @param {Status} status */
  #become(status) {
    if (this.#status === status) return;
    this.#status = status;
    this.#hooks.statusChanged(this);
  }
}
