import type { ClientMessage, Selection, SelectionRequest } from "../protocol/client-message.ts";
import { failure, success } from "../protocol/decode.ts";
import type { Echo, ErrorReply, Reply } from "../protocol/server-message.ts";
import { selectorFault, topicFault } from "../protocol/topic.ts";
import { historyFields, noHistory } from "./history-fields.ts";
import { PAGE_ENTRIES } from "./page.ts";
import { AuthenticationUnavailable, type Principal, TokenError } from "./principal.ts";
import { publish } from "./publish-request.ts";
import type { Session, SessionPolicy } from "./session.ts";

// A provider that does not answer is asked again this often in the long run.
const RETRY_MS = 6_000;

type Request<A extends ClientMessage["action"]> = Extract<ClientMessage, { action: A }>;

/** Carries out what a client asks for and replies to it. PROTOCOL.md, Requests. */
export async function answer(session: Session, message: ClientMessage, echo: Echo): Promise<void> {
  switch (message.action) {
    case "subscribe":
      return subscribe(session, message, echo);
    case "unsubscribe":
      return unsubscribe(session, message, echo);
    case "publish":
      return publish(session, message, echo);
    case "history":
      return history(session, message, echo);
    case "authenticate":
      return authenticate(session, message.token, echo);
    case "presence":
      return presence(session, message.topic, echo);
    case "ping":
      return session.reply(success("pong", echo, { time: session.policy.hub.clock.now() }));
  }
}

async function subscribe(session: Session, request: SelectionRequest, echo: Echo): Promise<void> {
  const refusals = await refusalsOf(session.policy, session.connection.principal, request.selections);
  return subscribeExcept(session, request, refusals, echo);
}

/** Why a principal may not subscribe to what it names, one for each; undefined where it may. */
export function refusalsOf(
  policy: SessionPolicy,
  principal: Principal,
  selections: readonly Selection[],
): Promise<(ErrorReply | undefined)[]> {
  return Promise.all(selections.map((selection) => refusal(policy, principal, selection)));
}

/** Subscribes a connection to all that is not refused, and replies to it. */
export async function subscribeExcept(
  session: Pick<Session, "policy" | "connection" | "reply">,
  request: SelectionRequest,
  refusals: readonly (ErrorReply | undefined)[],
  echo: Echo,
): Promise<void> {
  const { hub, limits } = session.policy;
  const { subscriptions } = session.connection;
  const fresh = new Set<string>();
  const tooMany = new Set<string>();
  for (const [at, { topic }] of request.selections.entries()) {
    if (refusals[at] || subscriptions.has(topic) || fresh.has(topic)) continue;
    const isOver = subscriptions.size + fresh.size >= limits.subscriptions;
    (isOver ? tooMany : fresh).add(topic);
  }
  const allowed = request.selections.filter(({ topic }, at) => !refusals[at] && !tooMany.has(topic));
  // The reply goes out at the moment from which publications come.
  await hub.subscribe(session.connection, allowed, (subscribed) => {
    const results = request.selections.map(({ topic }, at): Reply => {
      const refused = refusals[at] ?? (tooMany.has(topic) && overLimit(topic, limits.subscriptions));
      return refused || success(`Subscribed to topic '${topic}'`, { topic }, subscribed.get(topic));
    });
    session.reply(summary("Subscribed to", request, results, echo));
  });
}

function unsubscribe(session: Session, request: SelectionRequest, echo: Echo): void {
  const ended: string[] = [];
  const results = request.selections.map(({ topic }): Reply => {
    const fault = selectorFault(topic);
    if (fault) return failure("invalid_topic", fault, { topic });
    ended.push(topic);
    return success(`Unsubscribed from topic '${topic}'`, { topic });
  });
  session.policy.hub.unsubscribe(session.connection, ended);
  session.reply(summary("Unsubscribed from", request, results, echo));
}

async function history(session: Session, request: Request<"history">, echo: Echo): Promise<void> {
  const { topic, limit, since } = request;
  const refused = await topicRefusal(session, topic, echo);
  if (refused) return session.reply(refused);
  const kept = await session.policy.hub.history(topic, { limit, since });
  if (!kept) return session.reply(failure("unavailable", noHistory(topic), echo));
  session.reply(success(`History of topic '${topic}'`, echo, historyFields(kept, since !== undefined)));
}

async function presence(session: Session, topic: string, echo: Echo): Promise<void> {
  const refused = await topicRefusal(session, topic, echo);
  if (refused) return session.reply(refused);
  const { entries, next } = await session.policy.hub.presence(topic, { limit: PAGE_ENTRIES });
  const rest = { users: entries, ...(next !== undefined && { truncated: true }) };
  session.reply(success(`Presence of topic '${topic}'`, echo, rest));
}

/** Renews the token of an open connection, and ends the subscriptions that the new one does not allow. */
async function authenticate(session: Session, token: string | undefined, echo: Echo): Promise<void> {
  const { connection, policy } = session;
  const unauthorized = (message: string) => session.reply(failure("unauthorized", message, echo));
  if (token === undefined) return unauthorized("Missing token");
  let principal: Principal;
  try {
    principal = await policy.authenticate(token);
  } catch (error) {
    if (error instanceof TokenError) return unauthorized(error.message);
    if (error instanceof AuthenticationUnavailable)
      return session.reply(failure("unavailable", error.message, { ...echo, retry_after_ms: RETRY_MS }));
    throw error;
  }
  if (principal.user !== connection.user) return unauthorized("The token is another user's");
  const held = [...connection.subscriptions];
  const allowed = await Promise.all(held.map((topic) => policy.authorize(principal, "subscribe", topic)));
  session.renew(principal);
  session.reply(signedIn(principal, echo));
  for (const [at, topic] of held.entries())
    if (!allowed[at] && connection.subscriptions.has(topic))
      policy.hub.revoke(connection, topic, "forbidden");
}

/** The answer to a token that was accepted. */
export function signedIn({ user, expiresAt }: Principal, echo: Echo): Reply {
  return success("Authenticated successfully", echo, { user, expires_at: expiresAt ?? null });
}

/** Why a session may not be told of a topic; undefined where it may. */
async function topicRefusal(session: Session, topic: string, echo: Echo): Promise<ErrorReply | undefined> {
  const fault = topicFault(topic);
  if (fault) return failure("invalid_topic", fault, echo);
  if (await session.policy.authorize(session.connection.principal, "subscribe", topic)) return undefined;
  return failure("forbidden", `No grant to subscribe to topic '${topic}'`, echo);
}

async function refusal(
  policy: SessionPolicy,
  principal: Principal,
  { topic }: Selection,
): Promise<ErrorReply | undefined> {
  const fault = selectorFault(topic);
  if (fault) return failure("invalid_topic", fault, { topic });
  if (!(await policy.authorize(principal, "subscribe", topic)))
    return failure("forbidden", `No grant to subscribe to topic '${topic}'`, { topic });
  return undefined;
}

function overLimit(topic: string, limit: number): ErrorReply {
  return failure("limit_reached", subscriptionLimit(limit), { topic });
}

/** What is said where a connection would have more subscriptions than that. */
export function subscriptionLimit(limit: number): string {
  return `A connection has at most ${limit} subscriptions`;
}

/** The reply to one topic is its result; to a list it holds a result for each entry. */
function summary(verb: string, request: SelectionRequest, results: Reply[], echo: Echo): Reply {
  const [first] = results;
  if (!request.isList && first) return { ...first, ...echo };
  const done = results.filter(({ status }) => status === "success").length;
  return success(`${verb} ${done} of ${results.length} topics`, echo, { topics: results });
}
