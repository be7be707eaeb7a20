import type { Clock } from "../hub/clock.ts";

/** How many connections there may be. */
export interface AdmissionLimits {
  connections: number;
  connections_per_user: number;
}

/** A place for one connection, held from before its token is looked at until it closes. */
export interface Place {
  /** Counts it as this user's; false where the user has too many. */
  assign(user: string): boolean;
  /** Says that the socket is open. */
  opened(): void;
  /** Gives the place back; more than once does no harm. */
  leave(): void;
}

// After an upgrade was answered its socket opens at once or, where the peer is gone, never.
const OPENING_MS = 10_000;

/**
 * Counts connections from the moment in which one is asked for, so that many that are asked for at once
 * cannot pass a limit together.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #clock: Clock;
  readonly #ofUser = new Map<string, number>();
  #taken = 0;

  constructor(limits: AdmissionLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Takes a place; undefined where there is none left. */
  enter(): Place | undefined {
    if (this.#taken >= this.#limits.connections) return undefined;
    let user: string | undefined;
    let cancelTimer = () => {};
    let isHeld = false;
    const hold = (holds: boolean) => {
      cancelTimer();
      if (isHeld === holds) return;
      isHeld = holds;
      this.#taken += holds ? 1 : -1;
      if (user !== undefined) this.#add(user, holds ? 1 : -1);
    };
    hold(true);
    return {
      assign: (name) => {
        if ((this.#ofUser.get(name) ?? 0) >= this.#limits.connections_per_user) return false;
        user = name;
        this.#add(name, 1);
        cancelTimer = this.#clock.after(OPENING_MS, () => hold(false));
        return true;
      },
      // Takes the place again where the socket opened late: who is in is counted.
      opened: () => hold(true),
      leave: () => hold(false),
    };
  }

  #add(user: string, change: number): void {
    const count = (this.#ofUser.get(user) ?? 0) + change;
    if (count > 0) this.#ofUser.set(user, count);
    else this.#ofUser.delete(user);
  }
}
