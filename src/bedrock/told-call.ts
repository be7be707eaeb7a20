import { types } from "node:util";
import { isRecord } from "../protocol/json.ts";
import { type EventName, publishEvent } from "./events.ts";
import { messageOf } from "./failures.ts";
import type { PublishingHub } from "./hub.ts";
import { snapshot } from "./snapshot.ts";

/** What is told of a function's calls, and to whom. */
export interface Telling {
  hub: PublishingHub;
  before: EventName | undefined;
  after: EventName | undefined;
  /** Names of the first argument's properties, or what makes an object of all arguments. */
  fields: readonly string[] | ((...args: never[]) => unknown);
  result: (value: never) => unknown;
  fail: (error: unknown) => void;
}

type Fields = Record<string, unknown>;

/** One call of a function, as its events tell it. What fails in telling reaches nobody who calls. */
export class ToldCall {
  readonly #telling: Telling;
  /** As they are before the call, for both events: the function may change its arguments. */
  readonly #fields: Fields;

  /** Tells that the call is about to begin. */
  constructor(telling: Telling, args: readonly unknown[]) {
    this.#telling = telling;
    this.#fields = this.#attempt(() => fieldsOf(telling, args)) ?? {};
    this.#publish(telling.before, this.#fields);
  }

  returned(value: unknown): void {
    const { after, result } = this.#telling;
    if (after === undefined) return;
    const told = this.#attempt(() => toldAtOnce("result", Reflect.apply(result, undefined, [value])));
    this.#publish(after, told === undefined ? this.#fields : { ...this.#fields, result: told });
  }

  threw(error: unknown): void {
    this.#publish(this.#telling.after, { ...this.#fields, error: messageOf(error) });
  }

  /**
   * Follows a promise.
   * @param isFresh Nobody has it yet. Then one takes its place, so that a rejection that nobody handles is seen.
   * @returns What the caller gets.
   */
  promised(promise: Promise<unknown>, isFresh: boolean): Promise<unknown> {
    if (this.#telling.after === undefined) return promise;
    if (isFresh)
      return promise.then(
        (value) => {
          this.returned(value);
          return value;
        },
        (error: unknown) => {
          this.threw(error);
          throw error;
        },
      );
    const settled = [
      (value: unknown) => this.returned(value),
      (error: unknown) => this.threw(error),
    ] as const;
    // Not the promise's own `then`: a promise of another kind may take note that somebody listens.
    this.#attempt(() => Promise.prototype.then.apply(promise, [...settled]));
    return promise;
  }

  #publish(name: EventName | undefined, data: Fields): void {
    if (name === undefined) return;
    const { hub, fail } = this.#telling;
    // Async, so that what a hub throws is a rejection as well.
    void (async () => publishEvent(hub, name, data))().catch(fail);
  }

  #attempt<T>(make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      this.#telling.fail(error);
      return undefined;
    }
  }
}

function fieldsOf({ fields }: Telling, args: readonly unknown[]): Fields {
  const told = toldAtOnce(
    "fields",
    typeof fields === "function" ? Reflect.apply(fields, undefined, args) : pick(fields, args[0]),
  );
  if (!isRecord(told))
    throw new TypeError(`'fields' gives an object, got ${told === null ? "null" : typeof told}`);
  return told;
}

function pick(names: readonly string[], argument: unknown): Fields {
  if (typeof argument !== "object" || argument === null) return {};
  const entries = names.filter((name) => name in argument).map((name) => [name, Reflect.get(argument, name)]);
  return Object.fromEntries(entries);
}

/** What somebody chose to tell, as it is now. */
function toldAtOnce(name: string, value: unknown): unknown {
  if (!isThenable(value)) return snapshot(value);
  // It is heard by nobody else, and an unheard rejection ends the program.
  if (types.isPromise(value)) value.catch(() => {});
  throw new TypeError(`'${name}' cannot tell what comes later, got a promise or what has a 'then'`);
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
