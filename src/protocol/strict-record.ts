import * as v from "valibot";
import { isRecord } from "./json.ts";

/** An object of these fields and no others. Lists, which valibot takes for objects, are none. */
export function strictRecord<const E extends v.ObjectEntries>(entries: E) {
  const schema = v.strictObject(entries);
  return v.pipe(v.custom<v.InferInput<typeof schema>>(isRecord, "an object"), schema);
}
