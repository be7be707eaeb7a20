import type { ControlMessage } from "../protocol/server-message.ts";
import type { Position } from "./broker.ts";

/** An encoded publication. */
export interface Frame {
  text: string;
  /** The topic that it is about; a direct message may have none. */
  topic: string | undefined;
  /** Where it stands, in a topic with history. */
  position?: Position | undefined;
  /** True where a reader who is too slow for it gets the newest of the topic later. */
  isLatest?: boolean;
}

/**
 * How a connection writes what it is owed, where that is not JSON as it stands. It is asked in the order in which
 * things go out, so it may keep what it said before.
 */
export interface Wire {
  publication(frame: Frame): string;
  control(message: ControlMessage): string;
}

/** One JSON object a message. PROTOCOL.md, topichub.v1. */
export const jsonWire: Wire = {
  publication: ({ text }) => text,
  control: (message) => JSON.stringify(message),
};
