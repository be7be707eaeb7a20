import process from "node:process";
import { LastingFailure, type OnError, reporter } from "./failures.ts";
import type { ProducerHub } from "./hub.ts";
import { noProcess, OWN_SERVER, type ResourceUpdate, resourceTopic } from "./resource-update.ts";
import { type MonitoredServer, ServerProcess } from "./server-process.ts";
import { requireServers } from "./servers.ts";
import { UnclaimedNames } from "./unclaimed-names.ts";
import { type TopicWork, WatchedTopics } from "./watched-topics.ts";

/** What to sample, and how often. */
export interface ResourceMonitorOptions {
  servers: readonly MonitoredServer[];
  /** Time between samples in milliseconds: 2000 unless given. */
  intervalMs?: number;
  /** Gets what failed and nobody else is told of: the console unless given. */
  onError?: OnError<"monitor">;
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
  requireServers(options.servers);
  const monitor = new Monitor(hub, options);
  return { stop: () => monitor.stop() };
}

class Monitor {
  readonly #hub: ProducerHub;
  readonly #fail: (error: unknown) => void;
  readonly #watched: WatchedTopics;
  readonly #unclaimed: UnclaimedNames;
  readonly #publishing = new Set<Promise<void>>();
  #isStopped = false;

  constructor(hub: ProducerHub, { servers, intervalMs = 2000, onError }: ResourceMonitorOptions) {
    this.#hub = hub;
    this.#fail = reporter("monitor", onError);
    const all = [...servers, { name: OWN_SERVER, pid: process.pid }];
    const names = new Set(all.map(({ name }) => name));
    this.#unclaimed = new UnclaimedNames(hub, {
      intervalMs,
      isClaimed: (name) => names.has(name),
      tell: (name) => this.#publish(resourceTopic(name), noProcess(name, "is not configured here")),
    });
    const works = all.map((server) => this.#work(new ServerProcess(server, intervalMs)));
    this.#watched = new WatchedTopics(hub, works, intervalMs);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unclaimed.stop();
    // Not the samples: to read a pid file on a network share that is gone may take for ever.
    void this.#watched.stop();
    await Promise.all(this.#publishing);
  }

  #work(process: ServerProcess): TopicWork {
    const topic = resourceTopic(process.name);
    const failure = new LastingFailure(this.#fail);
    return {
      topic,
      round: async () => {
        const update = await sample(process, failure);
        if (!this.#isStopped && this.#hub.hasSubscribers(topic)) this.#publish(topic, update);
      },
    };
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
}

/** Takes a sample; where that fails, a message in place of figures. Never rejects. */
async function sample(process: ServerProcess, failure: LastingFailure): Promise<ResourceUpdate> {
  try {
    const update = await process.sample();
    failure.over();
    return update;
  } catch (error) {
    failure.occurred(error);
    return noProcess(process.name, "cannot be sampled: the log of the program that samples it says why");
  }
}
