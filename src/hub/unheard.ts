/**
 * A promise whose rejection goes to a callback when nobody listens for it, and so never becomes an
 * unhandled rejection, which would end Node and Deno.
 */
class Heeded<T> extends Promise<T> {
  #isHeard = false;

  // Without this, `then` would make further promises of this kind, each to be heard.
  static override get [Symbol.species]() {
    return Promise;
  }

  static watch<T>(work: Promise<T>, unheard: (error: unknown) => void): Promise<T> {
    const watched = new Heeded<T>((resolve) => resolve(work));
    Promise.prototype.then.call(watched, undefined, (error: unknown) => {
      if (!watched.#isHeard) unheard(error);
    });
    return watched;
  }

  // `await` calls this too, because the promise is of a subclass (ECMA-262, PromiseResolve).
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isHeard = true;
    return super.then(fulfilled, rejected);
  }
}

/** `work`, with a rejection that nobody awaits going to `unheard`. */
export const orElse: <T>(work: Promise<T>, unheard: (error: unknown) => void) => Promise<T> = (
  work,
  unheard,
) => Heeded.watch(work, unheard);
