import type { Gap, Result } from "./link.ts";
import {
  type ClientPosition,
  type Message,
  type Subscribed,
  type SubscribeOptions,
  TopicError,
} from "./options.ts";
import { createPlace } from "./place.ts";

/** One caller who follows a topic or a pattern. */
export interface Follower {
  readonly topic: string;
  /** Settles with the first confirmation, or with why there is none. */
  readonly ready: Promise<Subscribed>;
  /** True where the server was asked on this connection. */
  isAsked: boolean;
  /** @param isOwn True where only one counts that the server told, not what it was given to begin with. */
  position(isOwn?: boolean): ClientPosition | undefined;
  /** Takes note of the server's answer, a success; `since` is where it was asked to go on. */
  confirmed(result: Result, since: ClientPosition | undefined): void;
  /** Hands over what it has not had. */
  receive(message: Message): void;
  gap(gap: Gap): void;
  /** Called when it is over: what its caller left elsewhere goes. */
  forget?(): void;
  /** The connection is gone, or the subscription; the server is to be asked again. */
  lost(): void;
  /** Ends it, for the reason given or because its caller wants that. Gives true where somebody was told why. */
  end(error?: TopicError): boolean;
}

/** @param over Called once it is over, whoever ended it, and tells its caller. */
export function createFollower(
  topic: string,
  take: (message: Message) => void,
  { since: start, onSubscribed, onGap, onEnded }: SubscribeOptions,
  over?: (error?: TopicError) => void,
): Follower {
  const place = createPlace(topic, start);
  let settle: (subscribed: Subscribed) => void = () => {};
  let fail: (error: TopicError) => void = () => {};
  const ready = new Promise<Subscribed>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  // Who does not wait for it is told by `onEnded`, or by the client.
  ready.catch(() => {});
  /** True from the confirmation on, while the connection lasts. */
  let isLive = false;
  /** True where it had a place of its own before. */
  let wasLive = false;
  let isOver = false;
  const follower: Follower = {
    topic,
    ready,
    isAsked: false,
    position: (isOwn) => (isOwn && !wasLive ? undefined : place.position()),
    confirmed(result, since) {
      // Only the answer to what was asked for it counts: others may follow the same.
      if (!follower.isAsked) return;
      const goesOn = place.confirmed(result, since);
      const subscribed: Subscribed = {
        topic,
        recovered: wasLive || start ? goesOn : undefined,
        partial: result.partial,
      };
      isLive = wasLive = true;
      settle(subscribed);
      call(onSubscribed, subscribed);
    },
    receive(message) {
      if (isLive && place.advance(message)) call(take, message);
    },
    gap(gap) {
      if (isLive) call(onGap, gap);
    },
    lost() {
      follower.isAsked = isLive = false;
    },
    end(error) {
      if (isOver) return true;
      isOver = true;
      follower.lost();
      follower.forget?.();
      fail(error ?? new TopicError("closed", "Unsubscribed", topic));
      over?.(error);
      if (error) call(onEnded, error);
      return Boolean(over ?? onEnded);
    },
  };
  return follower;
}

/** Calls a function of the application; what that throws is the application's, as with an event's listener. */
export function call<Value>(fn: ((value: Value) => void) | undefined, value: Value): void {
  try {
    fn?.(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
