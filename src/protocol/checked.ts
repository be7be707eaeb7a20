import { type GenericSchema, type InferOutput, safeParse } from "valibot";
import { faultsOf } from "./faults.ts";

/**
 * An option that is given to a constructor, its defaults filled in.
 * @throws TypeError that names every fault in it.
 */
export function checked<S extends GenericSchema>(schema: S, value: unknown): InferOutput<S> {
  const parsed = safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw new TypeError(
    faultsOf(parsed.issues)
      .map(({ message }) => message)
      .join("; "),
  );
}
