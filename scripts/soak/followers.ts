import { matches } from "../../test/support/pattern.ts";
import { startProxy } from "../../test/support/proxy.ts";
import type { Random } from "../../test/support/random.ts";
import type { Server } from "../../test/support/spawn-server.ts";
import { token } from "../../test/support/token.ts";
import { type Breakage, breakageOf, unbroken } from "../faults/breakage.ts";
import { type Live, liveOverEventStream, liveOverWebSocket } from "../faults/live.ts";
import { Subscriber } from "../faults/subscriber.ts";
import { later } from "../leaks/churn.ts";
import { markOf } from "./mark.ts";
import type { Accepted } from "./producers.ts";

/** One who subscribes, goes in one way or another, and comes back to where it was. */
export interface Follower {
  readonly name: string;
  readonly isSlow: boolean;
  readonly subscriber: Subscriber;
  /** Settles once its first subscriptions are made. */
  readonly ready: Promise<void>;
  accepted(publication: Accepted): void;
  /** Lets it come back in quiet until it has what is on its way, and ends it. */
  stop(): Promise<void>;
}

const QUIET_MS = 2000;
const VANISHED_MS = 15_000;

/** Kinds of followers, by what they subscribe to and how. */
const KINDS: { name: string; isSlow?: boolean; requests: string[][]; isStream?: boolean }[] = [
  { name: "by name", requests: [["steady:1"], ["many:1"]] },
  { name: "by pattern", requests: [["many:*"]] },
  { name: "by list", requests: [["steady:1", "steady:2", "many:*", "many:2"]] },
  { name: "stream", requests: [["steady:3", "steady:2", "many:*"]], isStream: true },
  { name: "slow, closed", requests: [["storm:cut"], ["steady:2"]], isSlow: true },
  { name: "slow, newest", requests: [["storm:newest"], ["steady:2"]], isSlow: true },
];

/** @param at Its number, which says of what kind it is. */
export async function startFollower(server: Server, at: number, random: Random): Promise<Follower> {
  const kind = KINDS[at % KINDS.length];
  if (!kind) throw new RangeError(`no kind of follower ${at}`);
  const { requests, isSlow = false, isStream = false } = kind;
  const names = requests.flat();
  const proxy = await startProxy(server);
  const bearer = await token({ sub: `follower-${at}`, exp: later() });
  const subscriber = new Subscriber(markOf);
  const live: Live = isStream ? liveOverEventStream(names) : liveOverWebSocket(requests);
  let isOver = false;
  const once = async (breakage: Breakage) => {
    subscriber.connecting();
    await live(proxy, breakage, bearer, subscriber);
  };
  const first = once(unbroken(QUIET_MS));
  const following = (async () => {
    await first;
    while (!isOver) {
      await once(isSlow ? slowly(random) : broken(random));
      await new Promise((resolve) => setTimeout(resolve, random.below(500)));
    }
    for (let tries = 0; tries < 5 && (tries === 0 || subscriber.ledger.balance().lost > 0); tries++)
      await once(unbroken(QUIET_MS));
    await proxy[Symbol.asyncDispose]();
  })();
  return {
    name: kind.name,
    isSlow,
    subscriber,
    ready: first,
    accepted({ topic, offset, mark }) {
      if (names.some((name) => matches(name, topic))) subscriber.ledger.accepted(topic, offset, mark);
    },
    async stop() {
      isOver = true;
      await following;
    },
  };
}

/** A connection that goes wrong or, more often, does not. */
function broken(random: Random): Breakage {
  if (random.below(3) > 0) return unbroken(500 + random.below(6000));
  const breakage = breakageOf(random);
  return {
    ...breakage,
    end(connection) {
      breakage.end(connection);
      // The proxy's kernel takes what is sent to who vanished, so that a stream of events to it would not end for long.
      setTimeout(() => connection.toServer.cut(), VANISHED_MS);
    },
  };
}

/** A reader that stops for seconds again and again, and goes on. */
function slowly(random: Random): Breakage {
  const ms = 5000 + random.below(8000);
  return {
    name: "slow",
    ms,
    prepare({ toClient }) {
      const turn = () => {
        toClient.stall();
        setTimeout(() => toClient.resume(), 1000 + random.below(3500));
      };
      const turns = setInterval(turn, 6000);
      setTimeout(turn, 500);
      setTimeout(() => clearInterval(turns), ms);
    },
    end: ({ toServer }) => toServer.cut(),
  };
}
