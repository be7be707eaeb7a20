import type { Broker, History, Kept } from "./broker.ts";
import type { Frame } from "./frame.ts";
import { Heap } from "./heap.ts";
import type { Outbox } from "./outbox.ts";
import type { Pacer } from "./pacer.ts";
import { Publication } from "./publication.ts";
import { type Missed, union } from "./resume.ts";
import type { Share } from "./share.ts";

/** What a replay needs of what is around it. */
export interface ReplayOptions {
  broker: Pick<Broker, "history">;
  outbox: Pick<Outbox, "hasReplayRoom" | "replay">;
  pacer: Pacer;
  /** What it may take of everybody's time. */
  share: Share;
  /** Told of a topic whose history was trimmed or could not be read: what was missed of it cannot be said. */
  lost: (topic: string) => void;
  failed: (error: unknown) => void;
}

/** One topic's part of a replay. */
interface Cursor extends Missed {
  topic: string;
  epoch: string;
  /** The order of the publication that is next, once something was read. */
  order: number;
  /** What was read and not sent yet, oldest first. */
  page: readonly Kept[];
  at: number;
}

// So much is read of one topic at a time, and so much is done before others have their turn.
const PAGE = 32;
const TURN = 256;

/**
 * Sends one connection what it missed, out of history and at its own pace. While a topic is replayed, what is
 * published to it is not sent but read from history in its turn, so that nothing overtakes what is older.
 */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #cursors = new Map<string, Cursor>();
  /** Those of which it is known what is next, the oldest publication first. */
  readonly #ready = new Heap<Cursor>((a, b) => a.order < b.order);
  /** Those that hold a page. */
  readonly #open = new Set<Cursor>();
  readonly #goOn = () => this.#options.share.restMs === 0 && this.#step();
  #reads = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** Begins with these topics, from the earlier position where one is being replayed. */
  start(epoch: string, missed: ReadonlyMap<string, Missed>): void {
    for (const [topic, part] of missed) {
      const before = this.#cursors.get(topic);
      const whole = before ? union(before, part) : part;
      this.#cursors.set(topic, { ...whole, topic, epoch, order: 0, page: [], at: 0 });
    }
    this.#forgetOthers();
    for (const topic of missed.keys()) {
      // One that is lost may end the subscription that others were to be sent for.
      const cursor = this.#cursors.get(topic);
      if (cursor) this.#read(cursor);
    }
    this.#run();
  }

  /** True where a publication is not to be sent now, since the replay brings it. */
  withholds({ topic, position }: Publication): boolean {
    const cursor = this.#cursors.get(topic);
    if (!cursor || !position) return false;
    if (cursor.isCurrent) {
      // What is published is the current value now. Read later, it could be replaced by others, and nobody told.
      this.#cursors.delete(topic);
      this.#forgetOthers();
      return false;
    }
    cursor.last = Math.max(cursor.last, position.offset);
    return true;
  }

  /** Ends what this is false for. */
  retain(isWanted: (topic: string) => boolean): void {
    for (const topic of this.#cursors.keys()) if (!isWanted(topic)) this.#cursors.delete(topic);
    this.#forgetOthers();
  }

  stop(): void {
    this.#cursors.clear();
    this.#forgetOthers();
    this.#options.pacer.remove(this.#goOn);
  }

  /** True while something is still to be sent. */
  get isUnderWay(): boolean {
    return this.#cursors.size > 0;
  }

  /** Of how many topics. */
  get topics(): number {
    return this.#cursors.size;
  }

  #run(): void {
    if (!this.#step()) this.#options.pacer.add(this.#goOn);
  }

  #step(): boolean {
    return this.#options.share.measure(() => this.#sendSome());
  }

  /** Sends as much as the reader takes; true where there is nothing to come back for. */
  #sendSome(): boolean {
    for (let done = 0; done < TURN; done++) {
      const cursor = this.#ready.first;
      // The oldest of all is known once every topic was read.
      if (this.#reads > 0 || !cursor) return true;
      if (!this.#options.outbox.hasReplayRoom) {
        this.#closePages();
        return false;
      }
      this.#ready.shift();
      if (cursor.page.length > 0) this.#send(cursor);
      else this.#read(cursor);
    }
    return false;
  }

  #send(cursor: Cursor): void {
    const kept = cursor.page[cursor.at++];
    if (!kept) return;
    this.#options.outbox.replay(frameOf(kept, cursor.epoch));
    cursor.after = kept.offset;
    const next = cursor.page[cursor.at];
    if (next) this.#await(cursor, next);
    else this.#read(cursor);
  }

  #await(cursor: Cursor, { order }: Kept): void {
    cursor.order = order;
    this.#ready.add(cursor);
  }

  /** Reads on in a topic; where there is nothing left, what is published to it goes its own way again. */
  #read(cursor: Cursor): void {
    const { topic, epoch, after, last } = cursor;
    this.#open.delete(cursor);
    if (after >= last) {
      this.#cursors.delete(topic);
      return;
    }
    const query = { since: { epoch, offset: after }, limit: Math.min(PAGE, last - after) };
    const history = this.#attempt(() => this.#options.broker.history(topic, query));
    if (!(history instanceof Promise)) {
      this.#take(cursor, history);
      return;
    }
    this.#reads++;
    const arrived = (found: History | undefined) => {
      this.#reads--;
      this.#take(cursor, found);
      this.#run();
    };
    history.then(arrived, (error: unknown) => {
      this.#options.failed(error);
      arrived(undefined);
    });
  }

  #take(cursor: Cursor, history: History | undefined): void {
    const { topic } = cursor;
    if (this.#cursors.get(topic) !== cursor) return;
    const page = history?.recovered ? history.publications : [];
    const [first] = page;
    if (first) {
      cursor.page = page;
      cursor.at = 0;
      this.#open.add(cursor);
      this.#await(cursor, first);
    } else {
      this.#cursors.delete(topic);
      // A value that has expired is none; of one that could not be read nobody knows.
      if (!cursor.isCurrent || !history) this.#options.lost(topic);
    }
  }

  /** Who has to be waited for holds nothing: the histories may let go of it meanwhile, and it is read again. */
  #closePages(): void {
    for (const cursor of this.#open) cursor.page = [];
    this.#open.clear();
  }

  #forgetOthers(): void {
    const isOurs = (cursor: Cursor) => this.#cursors.get(cursor.topic) === cursor;
    this.#ready.retain(isOurs);
    for (const cursor of this.#open) if (!isOurs(cursor)) this.#open.delete(cursor);
  }

  #attempt<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.#options.failed(error);
      return undefined;
    }
  }
}

/** What is replayed to many is encoded once, for as long as it is kept. */
function frameOf(kept: Kept, epoch: string): Frame {
  kept.frame ??= new Publication(kept, { epoch, offset: kept.offset }).frame;
  return kept.frame;
}
