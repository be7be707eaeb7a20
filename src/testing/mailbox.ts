import { isLate, within } from "./deadline.ts";

/** A queue whose takers wait: each item goes to the first taker that wants it, or stays until one does. */
export interface Mailbox<T> {
  /** What nobody took yet, oldest first. */
  readonly unread: readonly T[];
  push(item: T): void;
  /** The first item that `wants` accepts; the ones before it stay. */
  take(ms: number, what: string, wants?: (item: T) => boolean): Promise<T>;
  /** All that is unread, taken at once. */
  drain(): T[];
  /** Rejects at the first item, also one that is there already, and at the end; resolves after `ms`. */
  silence(ms: number): Promise<void>;
  /** Nothing comes any more: whoever waits is told `why`. What is unread can still be taken. */
  end(why: string): void;
}

export function createMailbox<T>(): Mailbox<T> {
  type Taker = { wants: (item: T) => boolean; resolve: (item: T) => void; reject: (error: Error) => void };
  const unread: T[] = [];
  const takers = new Set<Taker>();
  let ended: string | undefined;

  const mailbox: Mailbox<T> = {
    unread,
    push(item) {
      for (const taker of takers) {
        if (!taker.wants(item)) continue;
        takers.delete(taker);
        return taker.resolve(item);
      }
      unread.push(item);
    },
    async take(ms, what, wants = () => true) {
      const at = unread.findIndex(wants);
      if (at >= 0) return unread.splice(at, 1)[0] as T;
      if (ended !== undefined) throw new Error(`${what}: ${ended}; unread: ${excerpt(unread)}`);
      let taker: Taker | undefined;
      const taken = new Promise<T>((resolve, reject) => {
        const fail = ({ message }: Error) =>
          reject(new Error(`${what}: ${message}; unread: ${excerpt(unread)}`));
        taker = { wants, resolve, reject: fail };
        takers.add(taker);
      });
      // A taker that gave up must not swallow what comes later.
      return within(taken, ms, () => `${what}; unread: ${excerpt(unread)}`).finally(
        () => taker && takers.delete(taker),
      );
    },
    drain: () => unread.splice(0),
    async silence(ms) {
      const item = await mailbox.take(ms, "silence").catch((error: unknown) => {
        if (!isLate(error)) throw error;
      });
      if (item !== undefined) throw new Error(`expected silence, got ${excerpt(item)}`);
    },
    end(why) {
      ended ??= why;
      for (const taker of takers) taker.reject(new Error(ended));
      takers.clear();
    },
  };
  return mailbox;
}

function excerpt(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 600 ? `${text.slice(0, 600)}… (${text.length} characters)` : text;
}
