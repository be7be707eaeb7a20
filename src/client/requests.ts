import type { Link, Request, Result } from "./link.ts";
import { type ClientClock, type ClientPublishOptions, TopicError } from "./options.ts";

/** What was asked of the server and not answered: it is asked again on every connection, until its time is over. */
export interface Requests {
  /** Asks, now or once there is a connection. Rejects with a `TopicError`, or with the reason of `signal`. */
  ask(request: Request, options: ClientPublishOptions): Promise<Result>;
  /** Asks all of it on this connection; undefined where there is none. */
  use(link: Link | undefined): void;
  /** Gives up all of it. */
  close(error: TopicError): void;
}

export function createRequests(clock: ClientClock): Requests {
  const pending = new Map<(error: unknown) => void, () => void>();
  let link: Link | undefined;
  return {
    ask: (request, { timeoutMs = 30_000, signal }) =>
      new Promise((resolve, reject) => {
        let again = () => {};
        const finish = () => {
          cancel();
          again();
          signal?.removeEventListener("abort", abort);
          pending.delete(fail);
        };
        const fail = (error: unknown) => {
          finish();
          reject(error);
        };
        const abort = () => fail(signal?.reason);
        const { action, topic } = request;
        const send = () => link?.request(request, answered);
        const answered = ({ status, code, message, retry_after_ms: waitMs, ...rest }: Result) => {
          const mine = link;
          // On another connection it was asked already.
          if (waitMs) again = clock.after(waitMs, () => mine === link && send());
          else if (status === "error") fail(new TopicError(code as TopicError["code"], message, topic));
          else {
            finish();
            resolve({ status, message, ...rest });
          }
        };
        const cancel = clock.after(timeoutMs, () =>
          fail(new TopicError("timeout", `No answer to '${action}' within ${timeoutMs} ms`, topic)),
        );
        pending.set(fail, send);
        signal?.addEventListener("abort", abort);
        if (signal?.aborted) abort();
        else send();
      }),
    use(next) {
      link = next;
      for (const send of pending.values()) send();
    },
    close(error) {
      for (const fail of pending.keys()) fail(error);
    },
  };
}
