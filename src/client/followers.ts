import { matches } from "../protocol/topic.ts";
import type { Follower } from "./follower.ts";
import type { Gap, Link, Result } from "./link.ts";
import { type ClientPosition, type Message, TopicError } from "./options.ts";

/** Everybody who follows something: callers who follow the same share one subscription. */
export interface Followers {
  add(follower: Follower): void;
  /** Ends one, for the reason given or because its caller wants that. */
  end(follower: Follower, error?: TopicError): void;
  endAll(error: TopicError | undefined): void;
  published(message: Message): void;
  gap(gap: Gap): void;
  /** The server ended a subscription; where it cannot say what was missed, it is to be asked anew. */
  unsubscribed(topic: string, code: string): void;
  /** Asks the server for what is followed and was not asked for, and ends what nobody follows any more. */
  ask(link: Link): void;
  /** The connection is gone. */
  lost(): void;
}

/**
 * @param failed Called where one ended, and nobody else was told why.
 * @param later Called where the server is to be asked again, so many milliseconds from now.
 */
export function createFollowers(failed: (error: TopicError) => void, later: (ms: number) => void): Followers {
  const everybody = new Set<Follower>();
  /** What the server was asked for on this connection. */
  const asked = new Set<string>();

  const end = (follower: Follower, error?: TopicError) => {
    everybody.delete(follower);
    if (!follower.end(error) && error) failed(error);
  };
  const answered = (follower: Follower, result: Result, since: ClientPosition | undefined) => {
    const { status, code, message, retry_after_ms: waitMs } = result;
    if (status === "success") follower.confirmed(result, since);
    else if (waitMs) {
      follower.lost();
      later(waitMs);
    } else end(follower, new TopicError(code as TopicError["code"], message, follower.topic));
  };
  const each = (topic: string, fn: (follower: Follower) => void) => {
    for (const follower of everybody) if (matches(follower.topic, topic)) fn(follower);
  };
  return {
    add: (follower) => void everybody.add(follower),
    end,
    endAll(error) {
      // Why is told once, of the client.
      for (const follower of everybody) follower.end(error);
      everybody.clear();
    },
    published: (message) => each(message.topic, (follower) => follower.receive(message)),
    gap: (gap) => each(gap.topic, (follower) => follower.gap(gap)),
    unsubscribed(topic, code) {
      const error = new TopicError(code as TopicError["code"], `The server ended '${topic}': ${code}`, topic);
      // Whoever is told may follow it again. It stays in `asked`: what was asked for meanwhile may yet be granted.
      for (const follower of [...everybody])
        if (follower.topic !== topic) continue;
        else if (code === "position_lost") follower.lost();
        else end(follower, error);
    },
    ask(link) {
      const isStream = link.transport === "sse";
      // All who were there before stand at the same place, unless they were being sent what they missed.
      const standing = (those: Follower[]) => those.find(({ position }) => position(isStream))?.position();
      const fresh = new Map<string, Follower[]>();
      const unwanted = new Set(asked);
      for (const follower of everybody) {
        const { topic, isAsked } = follower;
        unwanted.delete(topic);
        if (!isAsked) fresh.set(topic, [...(fresh.get(topic) ?? []), follower]);
        follower.isAsked = true;
      }
      link.unsubscribe([...unwanted]);
      for (const topic of unwanted) asked.delete(topic);
      const entries = [...fresh].map(([topic, all]) => {
        asked.add(topic);
        const told = (result: Result) => {
          // A stream is opened for all of them, and from where they stand then: no `since` was asked for.
          const those = isStream ? [...everybody].filter((follower) => follower.topic === topic) : all;
          const since = standing(those);
          for (const follower of those) answered(follower, result, since);
        };
        return { topic, since: standing(all), answered: told };
      });
      link.subscribe(entries);
    },
    lost() {
      asked.clear();
      for (const follower of everybody) follower.lost();
    },
  };
}
