import { sign } from "hono/jwt";

const LIFETIME_S = 12 * 3600;
// Tasks need no grant: their updates go to whoever started them.
const TOPICS = { subscribe: ["event:*", "resource-monitor:*", "server_log:*", "app_log"], publish: [] };

/**
 * Makes a token for the hub and the API. Whoever asks gets one: a real manager checks a password before this.
 * @param {string} user
 * @param {string} secret
 */
export async function signIn(user, secret) {
  const exp = Math.floor(Date.now() / 1000) + LIFETIME_S;
  const token = await sign({ sub: user, exp, topics: TOPICS }, secret, "HS256");
  return { user, token, expires_at: exp * 1000 };
}
