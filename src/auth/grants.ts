import * as v from "valibot";
import type { Grants } from "../hub/principal.ts";
import { strictRecord } from "../protocol/strict-record.ts";
import { selectorFault } from "../protocol/topic.ts";

const selectors = v.array(
  v.pipe(
    v.string("a topic or a pattern"),
    v.check((value) => selectorFault(value) === undefined, "a topic or a pattern"),
  ),
  "a list of topics and patterns",
);

/** Grants as a configuration file names them. */
export const GrantsConfig = strictRecord({ subscribe: selectors, publish: selectors });

const Claim = v.object({ subscribe: v.optional(selectors, []), publish: v.optional(selectors, []) });

/** The grants in a token's claim: undefined without the claim, none at all where it is malformed. */
export function grantsOf(claim: unknown): Grants | undefined {
  if (claim === undefined) return undefined;
  const parsed = v.safeParse(Claim, claim);
  return parsed.success && !Array.isArray(claim) ? parsed.output : { subscribe: [], publish: [] };
}
