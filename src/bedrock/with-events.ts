import { types } from "node:util";
import { type EventName, requireEventName } from "./events.ts";
import { type OnError, reporter } from "./failures.ts";
import type { PublishingHub } from "./hub.ts";
import { type Telling, ToldCall } from "./told-call.ts";

/** Any function, whatever it takes. */
export type AnyFunction = (...args: never[]) => unknown;

/** The events that tell of a function: one of them at least. */
export interface EventPair {
  /** Published before the function is called. */
  before?: EventName;
  /** Published once it has returned, its promise has settled, or it has thrown. */
  after?: EventName;
}

type FieldOf<T> = T extends object ? keyof T & string : never;

/** What of a call is told. */
export interface TellOptions<F extends AnyFunction> {
  /**
   * What of the arguments is told: properties of the first one by their names, or what a function makes of all of
   * them. Unless given, nothing is.
   */
  fields?: readonly FieldOf<Parameters<F>[0]>[] | ((...args: Parameters<F>) => Record<string, unknown>);
  /**
   * What of the result is told as `result`: all of it unless given, nothing where this gives undefined. It MUST give
   * that at once, not as a promise.
   */
  result?: (value: Awaited<ReturnType<F>>) => unknown;
}

/** What `eventsOf` takes. */
export interface EventsOptions {
  /** Gets what failed in telling, and nobody else is told of: the console unless given. */
  onError?: OnError<"event">;
}

/**
 * Wraps a function, so that a hub is told when it is called and what came of it. The caller gets what the function
 * returns or throws, whatever becomes of the telling.
 * @returns A function of the same type. An `async` one returns a promise of its own that settles alike; any other
 *   promise is given back itself, and after an `after` event its rejection counts as handled.
 * @throws TypeError for a name that is not in `EVENT_NAMES`, and for none at all.
 */
export type WithEvents = <F extends AnyFunction>(names: EventPair, fn: F, options?: TellOptions<F>) => F;

const AsyncFunction: unknown = (async () => {}).constructor;

/**
 * Makes what wraps functions, so that they tell a hub of themselves:
 * `withEvents({ after: "after_backup" }, makeBackup, { fields: ["server_name"] })`.
 *
 * The data of both events are the fields; of the after event besides `result`, or `error`, the message of what was
 * thrown. What JSON cannot hold in 64 KiB is left out, and goes to `onError`.
 */
export function eventsOf(hub: PublishingHub, { onError }: EventsOptions = {}): WithEvents {
  const fail = reporter("event", onError);
  return (names, fn, options = {}) => {
    const { fields = [], result = (value: unknown) => value } = options;
    requireWrappable(names, fn, fields);
    const telling: Telling = { hub, fail, fields, result, before: names.before, after: names.after };
    const isAsync = fn.constructor === AsyncFunction;
    const wrapped: AnyFunction = function (this: unknown, ...args: unknown[]): unknown {
      const call = new ToldCall(telling, args);
      let value: unknown;
      try {
        value = Reflect.apply(fn, this, args);
      } catch (error) {
        call.threw(error);
        throw error;
      }
      // Not instanceof, which a proxy may make throw, and which knows no promise of another realm.
      if (types.isPromise(value)) return call.promised(value, isAsync);
      call.returned(value);
      return value;
    };
    // Not a proxy: some of Bun's own functions take none for a function.
    return Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(fn)) as typeof fn;
  };
}

function requireWrappable({ before, after }: EventPair, fn: unknown, fields: unknown): void {
  const names = [before, after].filter((name) => name !== undefined);
  if (names.length === 0)
    throw new TypeError("There is no event to tell: before, after or both are expected");
  for (const name of names) requireEventName(name);
  if (typeof fn !== "function") throw new TypeError(`A function is expected to tell of, got ${typeof fn}`);
  if (typeof fields !== "function" && !Array.isArray(fields))
    throw new TypeError(`'fields' takes a list of names or a function, got ${typeof fields}`);
}
