import * as v from "valibot";
import { checked } from "../protocol/checked.ts";
import { wholeNumber } from "../protocol/whole-number.ts";

const GIB = 2 ** 30;

/** How much history a process keeps. PROTOCOL.md, Configuration. */
export const KeptLimitsConfig = {
  kept_topics: v.optional(wholeNumber(1, 10_000_000), 100_000),
  kept_bytes: v.optional(wholeNumber(1024, 64 * GIB), GIB / 4),
};

/** How much history a process keeps; past it the topics go that were published to the longest ago. */
export interface KeptLimits {
  /** Most topics: 100,000 unless given. */
  kept_topics?: number;
  /** Most bytes: 256 MiB unless given. */
  kept_bytes?: number;
}

// Not strict: it may be given all limits of a configuration.
const Limits = v.object({ limits: v.object(KeptLimitsConfig) });

/**
 * Fills in the defaults.
 * @throws TypeError that names what is wrong with them.
 */
export function keptLimits(limits: KeptLimits = {}): Required<KeptLimits> {
  return checked(Limits, { limits }).limits;
}
