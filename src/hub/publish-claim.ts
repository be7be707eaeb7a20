import type { Message } from "./envelope.ts";
import { claimKey, type IdempotencyStore, type Refusal } from "./idempotency.ts";
import type { Published } from "./options.ts";

type TopicMessage = Message & { topic: string };

/** Messages whose publisher has their idempotency key, or needs none. */
export interface PublishClaim {
  /**
   * Calls `publish` with what was published of them before, which it adds to: a retry has that as its answer, or
   * goes on after it. The key is given back before this returns, whatever became of it.
   */
  run<Result>(publish: (published: Published[]) => Promise<Result>): Promise<Result>;
}

/** Claims the key under which messages are to be published. PROTOCOL.md, Idempotency keys. */
export async function claimPublishing(
  store: IdempotencyStore,
  user: string,
  key: string | undefined,
  messages: readonly TopicMessage[],
): Promise<PublishClaim | Refusal> {
  const request = messages.map(({ topic, type, data }) => [topic, type ?? null, data]);
  const claim = await claimKey(store, user, key, request);
  if (typeof claim === "string") return claim;
  const published = decode(claim.earlier, messages);
  return {
    async run(publish) {
      try {
        return await publish(published);
      } finally {
        const isDone = published.length === messages.length;
        await claim.settle(published.length === 0 ? undefined : { text: encode(published), isDone });
      }
    },
  };
}

/** What is told of each besides its topic, which a retry brings: mostly nothing, and then how many there are. */
type Told = number | Omit<Published, "topic">[];

function encode(published: readonly Published[]): string {
  const rest = published.map(({ topic: _, ...position }) => position);
  const told: Told = rest.some(({ offset }) => offset !== undefined) ? rest : rest.length;
  return JSON.stringify(told);
}

function decode(text: string | undefined, messages: readonly TopicMessage[]): Published[] {
  const told: Told = text === undefined ? 0 : JSON.parse(text);
  if (typeof told === "number") return messages.slice(0, told).map(({ topic }) => ({ topic }));
  return messages.slice(0, told.length).map(({ topic }, at) => ({ topic, ...told[at] }));
}
