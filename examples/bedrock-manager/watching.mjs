import { startLogTail, startResourceMonitor } from "topichub/bedrock";

/** @import { TopicHub } from "topichub" */
/** @import { ResourceMonitor } from "topichub/bedrock" */
/** @import { Tools } from "./operations.mjs" */
/** @import { BedrockServer } from "./server.mjs" */

/** Samples the processes of servers and follows their logs, for whoever is subscribed. */
export class Watching {
  #hub;
  #onError;
  /** @type {ResourceMonitor | undefined} */
  #monitor;
  #tails;
  /** @type {BedrockServer[]} */
  #servers = [];

  /**
   * @param {TopicHub} hub
   * @param {string} appLog The manager's own log.
   * @param {Tools["report"]} onError
   */
  constructor(hub, appLog, onError) {
    this.#hub = hub;
    this.#onError = onError;
    this.#tails = [startLogTail(hub, { appLog, onError })];
  }

  /**
   * Watches these servers too.
   * @param {readonly BedrockServer[]} servers
   */
  add(servers) {
    this.#servers.push(...servers);
    // Each has a tail of its own, so that none loses a line while another is added. A monitor has nothing to lose.
    for (const { name, log: log_file } of servers)
      this.#tails.push(startLogTail(this.#hub, { servers: [{ name, log_file }], onError: this.#onError }));
    void this.#monitor?.stop();
    this.#monitor = startResourceMonitor(this.#hub, {
      servers: this.#servers.map(({ name, pidFile: pid_file }) => ({ name, pid_file })),
      onError: this.#onError,
    });
  }

  async stop() {
    await Promise.all([this.#monitor?.stop(), ...this.#tails.map((tail) => tail.stop())]);
  }
}
