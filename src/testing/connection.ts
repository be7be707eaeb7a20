/** What can happen to a connection on its way; what the hub and the client then do is their own. */
export interface Faults {
  /** Breaks it: nothing that is on its way arrives, and both ends see 1006. */
  cut(): void;
  /** Has the client take nothing from now on: what it is sent stays unsent on the server. It can still send. */
  stall(): void;
  /** Ends `stall`: what was sent meanwhile arrives. */
  resume(): void;
  /**
   * Loses what is on its way and whatever is sent from now on, either way, and tells neither end: only a heartbeat can
   * find that out.
   */
  vanish(): void;
}

/** A connection that is open in a test network: a WebSocket, or a stream of events. */
export interface TestConnection extends Faults {
  /** What was asked for. */
  readonly url: string;
}
