import { covers } from "../protocol/topic.ts";

/** What a token allows, as lists of topics and patterns. */
export interface Grants {
  subscribe: readonly string[];
  publish: readonly string[];
}

/** Who a token speaks for. */
export interface Principal {
  /** The token's `sub`. */
  user: string;
  isAdmin: boolean;
  /** The token's own grants; undefined where it carries none and a default applies. */
  grants?: Grants | undefined;
  /** Milliseconds since 1970; undefined for a token without an end. */
  expiresAt?: number | undefined;
  /** Everything that the token says, for an `authorize` of your own. */
  claims: Readonly<Record<string, unknown>>;
}

/** A token that does not let anybody in; its message may be shown to whoever sent it, and never quotes it. */
export class TokenError extends Error {
  override name = "TokenError";
}

/** Whether a token is good cannot be told now: whoever sent it may try again. */
export class AuthenticationUnavailable extends Error {
  override name = "AuthenticationUnavailable";
}

/**
 * Decides whether a principal may subscribe to a topic or pattern, or publish to a topic. What it throws
 * counts as no decision: the request is answered `unavailable`.
 */
export type Authorize = (
  principal: Principal,
  action: "subscribe" | "publish",
  topic: string,
) => boolean | Promise<boolean>;

/** True where `grants` allow the action; a pattern needs a grant that covers all of it. */
export function isGranted(grants: Grants, action: "subscribe" | "publish", topic: string): boolean {
  return grants[action].some((granted) => covers(granted, topic));
}

/** Decides by the token's grants, or by `defaults` where the token has none. */
export function authorizeByGrants(defaults: Grants): Authorize {
  return (principal, action, topic) => isGranted(principal.grants ?? defaults, action, topic);
}
