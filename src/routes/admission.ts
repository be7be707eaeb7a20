import type { Clock } from "../hub/clock.ts";

/** How many connections there may be. */
export interface AdmissionLimits {
  connections: number;
  connections_per_user: number;
}

/** A place for one connection, held from before its token is looked at until it closes. */
export interface Place {
  /**
   * Counts it as this user's; false where the user has too many.
   * @param open How many of the user's connections are open.
   */
  assign(user: string, open: number): boolean;
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
  /** Connections of a user that were asked for and are not open yet. */
  readonly #opening = new Map<string, number>();
  #taken = 0;

  constructor(limits: AdmissionLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Takes a place; undefined where there is none left. */
  enter(): Place | undefined {
    if (this.#taken >= this.#limits.connections) return undefined;
    let isHeld = false;
    const hold = (holds: boolean) => {
      if (isHeld !== holds) this.#taken += holds ? 1 : -1;
      isHeld = holds;
    };
    // Ends the time in which the user's connection is on its way: the hub counts it from then on.
    let arrive = () => {};
    hold(true);
    return {
      assign: (user, open) => {
        const opening = this.#opening.get(user) ?? 0;
        if (open + opening >= this.#limits.connections_per_user) return false;
        this.#add(user, 1);
        const cancelTimer = this.#clock.after(OPENING_MS, () => {
          arrive();
          hold(false);
        });
        arrive = () => {
          arrive = () => {};
          cancelTimer();
          this.#add(user, -1);
        };
        return true;
      },
      opened: () => {
        arrive();
        // Taken again where the socket opened late: who is in is counted.
        hold(true);
      },
      leave: () => {
        arrive();
        hold(false);
      },
    };
  }

  #add(user: string, change: number): void {
    const count = (this.#opening.get(user) ?? 0) + change;
    if (count > 0) this.#opening.set(user, count);
    else this.#opening.delete(user);
  }
}
