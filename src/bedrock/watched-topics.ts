import { matches } from "../protocol/topic.ts";
import type { ProducerHub } from "./hub.ts";
import { Ticker } from "./ticker.ts";

/** What is done for one topic, and only while somebody is subscribed to it. */
export interface TopicWork {
  readonly topic: string;
  /** Called at the moment in which somebody begins to watch. MUST NOT throw. */
  begin?(): void;
  /** One round: at once, then every interval, and never before the last one has settled. MUST NOT reject. */
  round(): Promise<void>;
  /** Nobody watches any more; a round may still be under way. MUST NOT throw or reject. */
  end?(): Promise<void> | undefined;
}

interface Watch {
  readonly work: TopicWork;
  isWatched: boolean;
  round?: Promise<void> | undefined;
  /** The last one. */
  end?: Promise<void> | undefined;
}

/** Has work done for the topics that are watched, by name or by pattern; a slow one holds up no other. */
export class WatchedTopics {
  readonly #hub: ProducerHub;
  readonly #watches: readonly Watch[];
  readonly #ticker: Ticker;
  readonly #endings: (() => void)[];

  /** @param intervalMs Time between rounds in milliseconds. */
  constructor(hub: ProducerHub, works: readonly TopicWork[], intervalMs: number) {
    this.#hub = hub;
    this.#watches = works.map((work) => ({ work, isWatched: false }));
    this.#ticker = new Ticker(intervalMs, () => this.#tick());
    const demandChanged = (selector: string) => this.#follow((topic) => matches(selector, topic));
    this.#endings = [hub.on("topicActive", demandChanged), hub.on("topicIdle", demandChanged)];
    this.#follow(() => true);
  }

  /** Ends all of it at once; settles when the rounds and the ends under way have. */
  async stop(): Promise<void> {
    for (const end of this.#endings) end();
    this.#ticker.run(false);
    for (const watch of this.#watches) if (watch.isWatched) watch.end = watch.work.end?.();
    await Promise.all(this.#watches.flatMap(({ round, end }) => [round, end]));
  }

  #follow(isMeant: (topic: string) => boolean): void {
    for (const watch of this.#watches) if (isMeant(watch.work.topic)) this.#look(watch);
    this.#ticker.run(this.#watches.some(({ isWatched }) => isWatched));
  }

  #tick(): void {
    this.#follow(() => true);
    for (const watch of this.#watches) if (watch.isWatched) this.#round(watch);
  }

  #look(watch: Watch): void {
    const isWatched = this.#hub.hasSubscribers(watch.work.topic);
    if (isWatched === watch.isWatched) return;
    watch.isWatched = isWatched;
    if (isWatched) {
      watch.work.begin?.();
      this.#round(watch);
    } else watch.end = watch.work.end?.();
  }

  #round(watch: Watch): void {
    watch.round ??= watch.work.round().finally(() => {
      watch.round = undefined;
    });
  }
}
