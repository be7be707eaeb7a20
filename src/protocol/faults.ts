import type { BaseIssue } from "valibot";
import { printable } from "./printable.ts";

/** A fault in words. */
export interface Fault {
  /** Where the field is, such as `limits`, `message_bytes`; empty for the value itself. */
  path: readonly string[];
  /** One sentence that names the field, what it takes and what it got. */
  message: string;
  /** True where the field is one that the schema does not know. */
  isUnknown: boolean;
}

/**
 * What a schema found, one sentence a fault. The schemas' own messages say what a field takes
 * ("a whole number from 1 to 100"), so that the sentences read alike everywhere.
 */
export function faultsOf(issues: readonly BaseIssue<unknown>[]): Fault[] {
  return issues.map((issue) => {
    const path = issue.path?.map((item) => String(item.key)) ?? [];
    const isUnknown = issue.type === "strict_object" && issue.expected === "never";
    return { path, isUnknown, message: sentence(issue, path.join("."), isUnknown) };
  });
}

function sentence(issue: BaseIssue<unknown>, field: string, isUnknown: boolean): string {
  if (isUnknown) return `Unknown field '${excerpt(field)}'`;
  if (issue.received === "undefined") return `'${field}' is missing`;
  if (issue.type === "never") return `'${field}' is not offered yet`;
  const name = field === "" ? "The value" : `'${field}'`;
  const takes = issue.type === "strict_object" ? "an object" : issue.message;
  return `${name} takes ${takes}, got ${excerpt(issue.received)}`;
}

/** The beginning of what came from elsewhere, fit to be shown. */
export function excerpt(received: string, length = 60): string {
  return printable(received.length > length ? `${received.slice(0, length)}…` : received);
}
