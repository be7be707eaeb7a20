import type { Clock } from "./clock.ts";

// Past this many users, those of whom nothing need be known are forgotten, once a second.
const REMEMBERED_USERS = 10_000;
const FORGET_MS = 1_000;

/** Something for each user who asked for anything lately. */
export class UserTable<V> {
  readonly #clock: Clock;
  readonly #make: () => V;
  readonly #isSpent: (value: V) => boolean;
  readonly #values = new Map<string, V>();
  #forgottenAt = Number.NEGATIVE_INFINITY;

  /** @param isSpent True for one that says no more than a new one would. */
  constructor(clock: Clock, make: () => V, isSpent: (value: V) => boolean) {
    this.#clock = clock;
    this.#make = make;
    this.#isSpent = isSpent;
  }

  /** That of a user, made where there is none. */
  of(user: string): V {
    const found = this.#values.get(user);
    if (found !== undefined) return found;
    this.#forget();
    const made = this.#make();
    this.#values.set(user, made);
    return made;
  }

  /** How many users it has something of. */
  get size(): number {
    return this.#values.size;
  }

  #forget(): void {
    const now = this.#clock.elapsed();
    if (this.#values.size < REMEMBERED_USERS || now - this.#forgottenAt < FORGET_MS) return;
    this.#forgottenAt = now;
    for (const [user, value] of this.#values) if (this.#isSpent(value)) this.#values.delete(user);
  }
}
