import { type Message, TopicError } from "./options.ts";

/** Messages that wait for a loop that is slower than they come; past that it ends. */
const MOST_WAITING = 10_000;

/** What a `for await` goes through, and how it is filled. */
export interface Messages extends AsyncIterableIterator<Message, undefined> {
  push(message: Message): void;
  /** Ends the loop once it has had what waits; an error is thrown there. */
  end(error?: TopicError): void;
}

/** @param left Called when the loop is left, or too slow. */
export function createMessages(left: () => void): Messages {
  const waiting: Message[] = [];
  let ending: { error: TopicError | undefined } | undefined;
  let wake = () => {};
  async function* loop(): AsyncGenerator<Message, undefined> {
    for (;;) {
      const message = waiting.shift();
      if (message) yield message;
      else if (ending?.error) throw ending.error;
      else if (ending) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }
  const end = (error?: TopicError) => {
    ending ??= { error };
    wake();
  };
  const over = { value: undefined, done: true } as const;
  return Object.assign(loop(), {
    push(message: Message) {
      wake();
      if (waiting.push(message) <= MOST_WAITING) return;
      end(new TopicError("slow_consumer", "The loop is too slow", message.topic));
      left();
    },
    end,
    // Also of a loop that was never begun, or waits.
    async return() {
      waiting.length = 0;
      end();
      left();
      return over;
    },
  });
}
