import type { Connection } from "./connection.ts";

/** Where in the hub something went wrong. */
export type ErrorStage = "publish" | "broker" | "delivery" | "hook" | "authorize" | "session" | (string & {});

/** What an application may follow. A hook that throws or rejects ends in `onError` and changes nothing. */
export interface HubHooks {
  /** A connection was added; a `welcome` has gone out before. */
  onConnect?: (connection: Connection) => unknown;
  /** A connection was subscribed to a topic or pattern that it was not subscribed to. */
  onSubscribe?: (connection: Connection, topicOrPattern: string) => unknown;
  /** A connection is gone; its subscriptions, still in `connection.subscriptions`, are over. */
  onDisconnect?: (connection: Connection, code: number, reason: string) => unknown;
  /** Everything that failed and that nobody else is told of. */
  onError?: (error: unknown, context: { stage: ErrorStage }) => unknown;
}

/** Calls the hooks so that nothing they do reaches the hub. */
export class Hooks {
  readonly #hooks: HubHooks;

  constructor(hooks: HubHooks) {
    this.#hooks = hooks;
  }

  run(call: (hooks: HubHooks) => unknown): void {
    try {
      const result = call(this.#hooks);
      if (result instanceof Promise) result.catch((error) => this.fail(error, "hook"));
    } catch (error) {
      this.fail(error, "hook");
    }
  }

  fail(error: unknown, stage: ErrorStage): void {
    const { onError = reportToConsole } = this.#hooks;
    try {
      const result: unknown = onError(error, { stage });
      if (result instanceof Promise) result.catch((again) => reportToConsole(again, { stage: "hook" }));
    } catch (again) {
      reportToConsole(again, { stage: "hook" });
    }
  }
}

function reportToConsole(error: unknown, { stage }: { stage: ErrorStage }): void {
  console.error(`topichub: ${stage} failed:`, error);
}
