import { isPattern } from "../protocol/topic.ts";
import { isRecord, numberOf, textOf, textsOf } from "./reading.ts";

/** An open connection, as administrators are told of it. PROTOCOL.md, Lists. */
export interface Person {
  connection: string;
  user: string;
  topics: string[];
  connectedAt: number;
  unsentBytes: number;
}

/** Reads the entries of `GET /connections`. */
export function readPeople(entries: readonly unknown[]): Person[] {
  return entries.flatMap((entry) => {
    if (!isRecord(entry)) return [];
    const [connection, user] = [textOf(entry.connection), textOf(entry.user)];
    if (connection === undefined || user === undefined) return [];
    const connectedAt = numberOf(entry.connected_at) ?? 0;
    const unsentBytes = numberOf(entry.unsent_bytes) ?? 0;
    return [{ connection, user, topics: textsOf(entry.topics), connectedAt, unsentBytes }];
  });
}

/**
 * How many connections get each topic, by its name or by a pattern, each connection counted once.
 * @param topics Those to count besides what connections name themselves.
 */
export function countSubscribers(people: readonly Person[], topics: Iterable<string>): Map<string, number> {
  const named = new Map<string, number>();
  const patterns = new Map<string, { prefix: string; ids: Set<number> }>();
  const byName = new Map<string, Set<number>>();
  for (const [id, person] of people.entries())
    for (const selector of person.topics) {
      named.set(selector, (named.get(selector) ?? 0) + 1);
      if (isPattern(selector)) {
        const pattern = patterns.get(selector) ?? { prefix: selector.slice(0, -1), ids: new Set() };
        patterns.set(selector, pattern);
        pattern.ids.add(id);
      } else byName.set(selector, (byName.get(selector) ?? new Set()).add(id));
    }
  for (const topic of new Set([...topics, ...byName.keys()])) {
    if (isPattern(topic)) continue;
    const ids = new Set(byName.get(topic));
    for (const { prefix, ids: more } of patterns.values())
      if (topic.startsWith(prefix)) for (const id of more) ids.add(id);
    named.set(topic, ids.size);
  }
  return named;
}
