import type { Clock } from "../hub/clock.ts";

/** How many connections there may be. */
export interface AdmissionLimits {
  connections: number;
  connections_per_user: number;
  /** Connections that have not signed in yet. */
  unauthenticated: number;
}

/** A place for one connection, held from before its token is looked at until it closes. */
export interface Place {
  /** Counts it as one that signs in once it is open; false where too many have not yet. */
  awaitSignIn(): boolean;
  /**
   * Counts it as this user's; false where the user has too many.
   * @param open How many of the user's connections are open.
   */
  assign(user: string, open: number): boolean;
  /** Says that the socket is open or, where it was, that the hub counts it from now on. */
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
  #strangers = 0;

  constructor(limits: AdmissionLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Takes a place; undefined where there is none left. */
  enter(): Place | undefined {
    if (this.#taken >= this.#limits.connections) return undefined;
    const seat = countedOnce((change) => {
      this.#taken += change;
    });
    const stranger = countedOnce((change) => {
      this.#strangers += change;
    });
    let isStranger = false;
    // Ends the time in which the connection is on its way: somebody else counts it from then on.
    let arrive = () => {};
    const awaitArrival = (arrived: () => void) => {
      const cancelTimer = this.#clock.after(OPENING_MS, () => {
        arrive();
        seat(false);
        stranger(false);
      });
      arrive = () => {
        arrive = () => {};
        cancelTimer();
        arrived();
      };
    };
    seat(true);
    return {
      awaitSignIn: () => {
        if (this.#strangers >= this.#limits.unauthenticated) return false;
        isStranger = true;
        stranger(true);
        awaitArrival(() => {});
        return true;
      },
      assign: (user, open) => {
        const opening = this.#opening.get(user) ?? 0;
        if (open + opening >= this.#limits.connections_per_user) return false;
        isStranger = false;
        stranger(false);
        this.#add(user, 1);
        awaitArrival(() => this.#add(user, -1));
        return true;
      },
      opened: () => {
        arrive();
        // Taken again where the socket opened late: who is in is counted.
        seat(true);
        stranger(isStranger);
      },
      leave: () => {
        arrive();
        seat(false);
        stranger(false);
      },
    };
  }

  #add(user: string, change: number): void {
    const count = (this.#opening.get(user) ?? 0) + change;
    if (count > 0) this.#opening.set(user, count);
    else this.#opening.delete(user);
  }
}

/** A switch that counts by one when it is turned on, and back when it is turned off. */
function countedOnce(count: (change: 1 | -1) => void): (isOn: boolean) => void {
  let wasOn = false;
  return (isOn) => {
    if (isOn !== wasOn) count(isOn ? 1 : -1);
    wasOn = isOn;
  };
}
