import process from "node:process";
import { clearInterval, setInterval } from "node:timers";
import { safeParse } from "valibot";
import { faultsOf } from "../protocol/faults.ts";
import { ServersConfig } from "./config.ts";
import type { ProducerHub } from "./hub.ts";
import {
  noProcess,
  OWN_SERVER,
  type ResourceUpdate,
  resourceTopic,
  selectsResources,
  serverOf,
} from "./resource-update.ts";
import { type MonitoredServer, ServerProcess } from "./server-process.ts";
import { UnclaimedNames } from "./unclaimed-names.ts";

/** What to sample, and how often. */
export interface ResourceMonitorOptions {
  servers: readonly MonitoredServer[];
  /** Time between samples in milliseconds: 2000 unless given. */
  intervalMs?: number;
  /** Gets what failed and nobody else is told of: the console unless given. */
  onError?: (error: unknown, context: { stage: "monitor" }) => void;
}

/** A resource monitor that was started. */
export interface ResourceMonitor {
  /** Ends sampling at once; settles when the publications under way have. */
  stop(): Promise<void>;
}

/**
 * Samples the processes of servers, and this one as the server `topichub`, into `resource-monitor:{name}`; only
 * those that somebody is subscribed to at that moment. PROTOCOL.md, Topics. Takes the package `pidusage`; what
 * fails, its absence too, goes to `onError`, and subscribers get a message in place of figures.
 * @throws TypeError that names what is wrong with `servers`.
 */
export function startResourceMonitor(hub: ProducerHub, options: ResourceMonitorOptions): ResourceMonitor {
  const checked = safeParse(ServersConfig, options.servers);
  if (!checked.success)
    throw new TypeError(
      faultsOf(checked.issues)
        .map(({ message }) => message)
        .join("; "),
    );
  const monitor = new Monitor(hub, options);
  return { stop: () => monitor.stop() };
}

function reportToConsole(error: unknown): void {
  console.error("topichub: the resource monitor failed:", error);
}

/** A server and what the monitor is doing about it. */
interface Watch {
  process: ServerProcess;
  topic: string;
  isWatched: boolean;
  isSampling: boolean;
  /** The last failure that was reported: one that lasts is reported once. */
  reported?: string;
}

class Monitor {
  readonly #hub: ProducerHub;
  readonly #intervalMs: number;
  readonly #onError: NonNullable<ResourceMonitorOptions["onError"]>;
  readonly #watches = new Map<string, Watch>();
  readonly #unclaimed: UnclaimedNames;
  readonly #publishing = new Set<Promise<void>>();
  readonly #ends: (() => void)[];
  #timer: ReturnType<typeof setInterval> | undefined;
  #isStopped = false;

  constructor(
    hub: ProducerHub,
    { servers, intervalMs = 2000, onError = reportToConsole }: ResourceMonitorOptions,
  ) {
    this.#hub = hub;
    this.#intervalMs = intervalMs;
    this.#onError = onError;
    this.#unclaimed = new UnclaimedNames(hub, intervalMs);
    for (const server of [...servers, { name: OWN_SERVER, pid: process.pid }]) this.#add(server);
    this.#ends = [
      hub.on("topicActive", (selector) => this.#demandChanged(selector, true)),
      hub.on("topicIdle", (selector) => this.#demandChanged(selector, false)),
    ];
    this.#pass("new");
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const end of this.#ends) end();
    this.#unclaimed.clear();
    this.#keepTime(false);
    // Not the samples: to read a pid file on a network share that is gone may take for ever.
    await Promise.all(this.#publishing);
  }

  #add(server: MonitoredServer): void {
    const watch = { topic: resourceTopic(server.name), isWatched: false, isSampling: false };
    this.#watches.set(server.name, { ...watch, process: new ServerProcess(server, this.#intervalMs) });
  }

  #demandChanged(selector: string, isActive: boolean): void {
    if (!selectsResources(selector)) return;
    const name = serverOf(selector);
    if (name !== undefined && !this.#watches.has(name)) {
      if (isActive) this.#unclaimed.add(name);
      else this.#unclaimed.delete(name);
    }
    this.#pass("new");
  }

  /** Samples the servers that are watched: all of them, or those that were not a moment ago. */
  #pass(which: "all" | "new"): void {
    let isWanted = this.#unclaimed.size > 0;
    for (const watch of this.#watches.values()) {
      const isNew = !watch.isWatched;
      watch.isWatched = this.#hub.hasSubscribers(watch.topic);
      isWanted ||= watch.isWatched;
      if (watch.isWatched && (isNew || which === "all")) void this.#sample(watch);
    }
    this.#keepTime(isWanted);
  }

  #tick(): void {
    this.#pass("all");
    for (const name of this.#unclaimed.due())
      this.#publish(resourceTopic(name), noProcess(name, "is not configured here"));
  }

  /** One sample at a time of each server; a slow one holds up no other. Never rejects. */
  async #sample(watch: Watch): Promise<void> {
    if (watch.isSampling) return;
    watch.isSampling = true;
    const update = await this.#update(watch);
    watch.isSampling = false;
    if (!this.#isStopped && this.#hub.hasSubscribers(watch.topic)) this.#publish(watch.topic, update);
  }

  async #update(watch: Watch): Promise<ResourceUpdate> {
    try {
      const update = await watch.process.sample();
      watch.reported = undefined;
      return update;
    } catch (error) {
      const fault = String(error);
      if (watch.reported !== fault) this.#fail(error);
      watch.reported = fault;
      return noProcess(
        watch.process.name,
        "cannot be sampled: the log of the program that samples it says why",
      );
    }
  }

  #publish(topic: string, update: ResourceUpdate): void {
    const publishing = (async () => {
      try {
        await this.#hub.publish(topic, update, { type: "resource_update" });
      } catch (error) {
        this.#fail(error);
      }
    })();
    this.#publishing.add(publishing);
    void publishing.then(() => this.#publishing.delete(publishing));
  }

  #fail(error: unknown): void {
    try {
      this.#onError(error, { stage: "monitor" });
    } catch {
      // There is nobody left to tell, and thrown from here it would end the program.
    }
  }

  #keepTime(isWanted: boolean): void {
    if (isWanted) this.#timer ??= setInterval(() => this.#tick(), this.#intervalMs).unref();
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}
