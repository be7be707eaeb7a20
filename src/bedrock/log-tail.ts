import { LastingFailure, type OnError, reporter } from "./failures.ts";
import type { ProducerHub } from "./hub.ts";
import { LogFile } from "./log-file.ts";
import type { MonitoredServer } from "./server-process.ts";
import { requireServers } from "./servers.ts";
import { APP_LOG_TOPIC, serverLogTopic } from "./topics.ts";
import { type TopicWork, WatchedTopics } from "./watched-topics.ts";

/** Which logs to follow. */
export interface LogTailOptions {
  /** Those with a `log_file` are followed. */
  servers?: readonly MonitoredServer[];
  /** The path of the application's own log. */
  appLog?: string | null | undefined;
  /** Time between looks at a file in milliseconds: 250 unless given. */
  intervalMs?: number;
  /** Gets what failed and nobody else is told of: the console unless given. One that lasts, once. */
  onError?: OnError<"tail">;
}

/** A log tail that was started. */
export interface LogTail {
  /** Ends it at once; settles when what was being read or published is done with, and every file closed. */
  stop(): Promise<void>;
}

/**
 * Publishes the new lines of logs to `server_log:{name}` and `app_log`; only of those that somebody is subscribed
 * to at that moment, from the end of the file as it is then. PROTOCOL.md, Topics.
 *
 * Files are looked at every `intervalMs`, not watched: what a runtime tells of a change differs between the three,
 * and of one on a network share none tells.
 * @throws TypeError that names what is wrong with `servers`.
 */
export function startLogTail(hub: ProducerHub, options: LogTailOptions): LogTail {
  const { servers = [], appLog, intervalMs = 250, onError } = options;
  requireServers(servers);
  const fail = reporter("tail", onError);
  const logs = servers.map(({ name, log_file }) => [serverLogTopic(name), log_file] as const);
  const works = [...logs, [APP_LOG_TOPIC, appLog] as const].flatMap(([topic, path]) =>
    path ? [new TailedLog(hub, topic, path, fail)] : [],
  );
  const watched = new WatchedTopics(hub, works, intervalMs);
  return { stop: () => watched.stop() };
}

class TailedLog implements TopicWork {
  readonly topic: string;
  readonly #hub: ProducerHub;
  readonly #path: string;
  readonly #failure: LastingFailure;
  #file: LogFile | undefined;

  constructor(hub: ProducerHub, topic: string, path: string, fail: (error: unknown) => void) {
    this.topic = topic;
    this.#hub = hub;
    this.#path = path;
    this.#failure = new LastingFailure(fail);
  }

  begin(): void {
    this.#file = new LogFile(this.#path);
  }

  async round(): Promise<void> {
    const file = this.#file;
    if (!file) return;
    try {
      for await (const piece of file.news()) {
        if (file !== this.#file) return;
        await this.#hub.publish(this.topic, piece, { type: "log_update" });
      }
      this.#failure.over();
    } catch (error) {
      this.#failure.occurred(error);
    }
  }

  async end(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    try {
      await file?.close();
    } catch (error) {
      this.#failure.occurred(error);
    }
  }
}
