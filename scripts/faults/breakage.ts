import type { ProxyConnection } from "../../test/support/proxy.ts";
import type { Random } from "../../test/support/random.ts";

/** How one connection goes wrong. */
export interface Breakage {
  name: string;
  /** The connection's whole time, after which its client gives it up. */
  ms: number;
  /** What is broken at a byte, before the first one. */
  prepare(connection: ProxyConnection): void;
  /** What is done after `ms`; a client that vanished is not heard of even then. */
  end(connection: ProxyConnection): void;
}

const KINDS = ["cut", "cut reply", "stall", "half-close", "half-close reply", "vanish"] as const;
// The handshake and the requests, each of which holds positions, are some 2 KB.
const TO_SERVER = 2500;
// The answers to them, and what is published in a second or so.
const TO_CLIENT = 30_000;

/** The next breakage that `random` has. */
export function breakageOf(random: Random): Breakage {
  const kind = random.of(KINDS);
  // Half of them early: in the handshake, the replies, or what is replayed.
  const share = random.of([1, 10]);
  const [toServer, toClient] = [random.below(TO_SERVER), Math.floor(random.below(TO_CLIENT) / share)];
  const ms = 50 + random.below(1200);
  const prepare: Breakage["prepare"] = (connection) => {
    if (kind === "cut") connection.toServer.cut(toServer);
    if (kind === "cut reply") connection.toClient.cut(toClient);
    if (kind === "stall") connection.toClient.stall(toClient);
    if (kind === "half-close") connection.toServer.halfClose(toServer);
    if (kind === "half-close reply") connection.toClient.halfClose(toClient);
  };
  const end: Breakage["end"] = (connection) => {
    if (kind === "vanish") connection.vanish();
    else connection.toServer.cut();
  };
  return { name: kind, ms, prepare, end };
}

/** A connection that is let be for a time. */
export function unbroken(ms: number): Breakage {
  return { name: "none", ms, prepare: () => {}, end: ({ toServer }) => toServer.cut() };
}
