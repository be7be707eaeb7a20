import { CloseCode } from "../protocol/codes.ts";
import { decode } from "../protocol/decode.ts";
import { isLongerThan } from "../protocol/json.ts";
import type { Echo, Reconnect } from "../protocol/server-message.ts";
import { afterReading } from "./clock.ts";
import { Outbox } from "./outbox.ts";
import { AuthenticationUnavailable, type Principal, TokenError } from "./principal.ts";
import { signedIn } from "./requests.ts";
import { Session, type SessionPeer, type SessionPolicy } from "./session.ts";

/** A peer whose first message is to say who it is. */
export interface SignInPeer extends Pick<SessionPeer, "transport" | "hasSubprotocol"> {
  /** The token for a message that brings none: that of the cookie. */
  token: string | undefined;
  /** How long its message may take, in milliseconds. */
  timeoutMs: number;
  /** Counts it as this user's; false where the user has too many connections. */
  assign(user: string): boolean;
  /** Says that the hub counts it from now on. */
  opened(): void;
}

/** A connection that opened without a token, until it is a session's or closed. PROTOCOL.md, First message. */
export class SignIn {
  readonly #policy: SessionPolicy;
  readonly #peer: SignInPeer;
  readonly #outbox: Outbox;
  /** What came while the token was being verified, for the session; undefined stands for a binary frame. */
  readonly #kept: (string | undefined)[] = [];
  #keptSize = 0;
  readonly #letGo: () => void;
  readonly #cancelTimeout: () => void;
  #state: "waiting" | "verifying" | "over" = "waiting";
  #session: Session | undefined;

  constructor(policy: SessionPolicy, peer: SignInPeer) {
    const { hub, limits } = policy;
    this.#policy = policy;
    this.#peer = peer;
    this.#outbox = new Outbox({
      transport: peer.transport,
      limit: limits.unsent_bytes,
      clock: hub.clock,
      pacer: hub.pacer,
    });
    this.#letGo = hub.keep({ stop: (reconnect) => this.#stop(reconnect) });
    this.#cancelTimeout = afterReading(hub.clock, peer.timeoutMs, () =>
      this.#refuse("Authentication timeout"),
    );
  }

  /** Takes one message of the client; never throws. */
  receive(data: unknown): void {
    if (this.#session) this.#session.receive(data);
    else if (this.#state !== "over") this.#take(data);
  }

  /** Says that something came that is no message; who has not signed in gains nothing by it. */
  heard(): void {
    this.#session?.heard();
  }

  /** Says that the socket is closed. */
  closed(code: number, reason: string): void {
    this.#end();
    this.#letGo();
    this.#outbox.closed();
    this.#session?.closed(code, reason);
  }

  #take(data: unknown): void {
    const { message_bytes } = this.#policy.limits;
    const text = typeof data === "string" ? data : undefined;
    // Nobody is known to send these: what is kept of them may be as long as one message altogether.
    this.#keptSize += this.#state === "verifying" ? (text?.length ?? 0) + 64 : 0;
    if (isLongerThan(text ?? "", message_bytes))
      this.#close(CloseCode.MessageTooBig, `A message has at most ${message_bytes} bytes`);
    else if (this.#keptSize > message_bytes)
      this.#close(CloseCode.SlowConsumer, "Too many requests are waiting");
    else if (this.#state === "verifying") this.#kept.push(text);
    else this.#first(text ?? "");
  }

  #first(text: string): void {
    const { echo, message } = decode(text, this.#policy.limits.json_depth);
    if (echo.action !== "authenticate") this.#refuse("Missing authentication message");
    else if (message?.action !== "authenticate") this.#refuse("Invalid token");
    else {
      this.#cancelTimeout();
      this.#state = "verifying";
      void this.#verify(message.token ?? this.#peer.token, echo);
    }
  }

  async #verify(token: string | undefined, echo: Echo): Promise<void> {
    if (token === undefined || token === "") return this.#refuse("Missing token");
    let principal: Principal;
    try {
      principal = await this.#policy.authenticate(token);
    } catch (error) {
      if (error instanceof TokenError) return this.#refuse("Invalid token");
      if (!(error instanceof AuthenticationUnavailable)) this.#policy.hub.fail(error, "authenticate");
      return this.#close(CloseCode.TryAgainLater, "Tokens cannot be verified now");
    }
    // The socket may have closed meanwhile.
    if (this.#state === "over") return;
    if (this.#peer.assign(principal.user)) this.#enter(principal, echo);
    else this.#close(CloseCode.UserConnectionLimit, "This user has no connections left");
  }

  #enter(principal: Principal, echo: Echo): void {
    this.#end();
    this.#letGo();
    const session = new Session(this.#policy, {
      ...this.#peer,
      principal,
      reply: signedIn(principal, echo),
    });
    this.#session = session;
    this.#peer.opened();
    for (const data of this.#kept.splice(0)) session.receive(data);
  }

  #stop(reconnect: Reconnect): void {
    if (this.#state === "over") return;
    this.#outbox.control(reconnect);
    this.#close(CloseCode.ServiceRestart, "Server is stopping");
  }

  #refuse(reason: string): void {
    this.#close(CloseCode.PolicyViolation, reason);
  }

  #close(code: CloseCode, reason: string): void {
    if (this.#state === "over") return;
    this.#end();
    this.#kept.length = 0;
    this.#outbox.close(code, reason);
  }

  #end(): void {
    this.#state = "over";
    this.#cancelTimeout();
  }
}
