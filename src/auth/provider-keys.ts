import * as v from "valibot";
import type { Clock } from "../hub/clock.ts";
import { AuthenticationUnavailable } from "../hub/principal.ts";
import { count } from "../hub/rate-limit.ts";

/** A public key as a provider publishes it. RFC 7517, section 4. */
export type ProviderKey = v.InferOutput<typeof Key>;

/** What the address of a key set is, in words. */
export const KEY_SET_RULE = "an http or https address without a user in it";

/** True for what may be the address of a key set. */
export function isKeySetAddress(uri: string): boolean {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  return /^https?:$/.test(url?.protocol ?? "") && url?.username === "" && url.password === "";
}

/** What keys are fetched with. */
export interface ProviderKeysOptions {
  /** Address of the provider's JSON Web Key Set (RFC 7517, section 5). */
  uri: string;
  clock: Clock;
  /** Gets what kept the keys from being fetched. */
  onError: (error: unknown) => void;
  /** The runtime's own unless given. */
  fetch?: (uri: string, init: RequestInit) => Promise<Response>;
}

// A key that the provider took back is refused after this long.
const FRESH_MS = 600_000;
// A token may name any key: the provider is asked no more often than this, and yet at once for a new one.
const ASKING = { perSecond: 1 / 6, burst: 3 };
const TIMEOUT_MS = 5_000;
const SET_BYTES = 1_048_576;

const text = v.optional(v.string());
const Key = v.looseObject({ kty: v.picklist(["RSA", "EC", "OKP"]), kid: v.string(), alg: text, use: text });
const KeySet = v.pipe(v.string(), v.parseJson(), v.object({ keys: v.array(v.unknown()) }));

/** The keys of an identity provider, kept between requests and through an outage of the provider. */
export class ProviderKeys {
  readonly #options: Required<ProviderKeysOptions>;
  #keys: readonly ProviderKey[] | undefined;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;
  #allowanceWholeAt = 0;
  #fetching: Promise<void> | undefined;

  constructor(options: ProviderKeysOptions) {
    this.#options = { fetch: (uri, init) => fetch(uri, init), ...options };
  }

  /**
   * Finds the key that a token names, asking the provider where it is not known or was not looked at for long.
   * @param kty The kind of key that the token's algorithm takes; keys of two kinds may have one id.
   * @returns Undefined where the provider has no such key.
   * @throws AuthenticationUnavailable where the provider would have to be asked and does not answer.
   */
  async find(kid: string, kty: ProviderKey["kty"]): Promise<ProviderKey | undefined> {
    const known = this.#known(kid, kty);
    if ((!known || !this.#isFresh()) && this.#mayAsk()) {
      const refreshed = this.#refresh();
      // A provider that is down does not hold up those whose key is known.
      if (!known || !this.#hasFailed) await refreshed;
    }
    const found = this.#known(kid, kty);
    if (!found && this.#hasFailed)
      throw new AuthenticationUnavailable("Tokens cannot be verified now, try again");
    return found;
  }

  #known(kid: string, kty: ProviderKey["kty"]): ProviderKey | undefined {
    return this.#keys?.find((key) => key.kid === kid && key.kty === kty);
  }

  #isFresh(): boolean {
    return this.#options.clock.elapsed() - this.#fetchedAt < FRESH_MS;
  }

  #mayAsk(): boolean {
    if (this.#fetching) return true;
    const { wholeAt, waitMs } = count(this.#allowanceWholeAt, this.#options.clock.elapsed(), ASKING);
    this.#allowanceWholeAt = wholeAt;
    return waitMs === 0;
  }

  /** Fetches once, however many wait for it. */
  #refresh(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    const { clock, onError } = this.#options;
    try {
      this.#keys = await this.#load();
      this.#fetchedAt = clock.elapsed();
      this.#hasFailed = false;
    } catch (error) {
      this.#hasFailed = true;
      onError(error);
    }
  }

  async #load(): Promise<ProviderKey[]> {
    const { uri, fetch } = this.#options;
    try {
      const response = await fetch(uri, {
        headers: { Accept: "application/json" },
        // Where the keys come from is for the configuration to say, not for whoever answers.
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`it answered ${response.status}`);
      return keysIn(await textOf(response));
    } catch (cause) {
      const { origin, pathname, search } = new URL(uri);
      // A query may hold a secret, and Deno quotes it.
      const reason = reasonOf(cause).replaceAll(search, "");
      throw new Error(`the keys at ${origin}${pathname} could not be fetched: ${reason}`, { cause });
    }
  }
}

/** The keys of a set; one that we can't use is no reason to refuse the others. */
function keysIn(text: string): ProviderKey[] {
  const set = v.safeParse(KeySet, text);
  if (!set.success) throw new Error("it answered something that is no key set");
  const parsed = set.output.keys.map((key) => v.safeParse(Key, key));
  return parsed.flatMap(({ success, output }) => (success && output.use !== "enc" ? [output] : []));
}

async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > SET_BYTES) throw new Error(`it answered more than ${SET_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

// Node's own `fetch` says no more than that it failed: what kept it from connecting is in the innermost cause.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `it did not answer within ${TIMEOUT_MS / 1000} s`;
  const [cause = error.cause] = error instanceof AggregateError ? error.errors : [];
  return cause === undefined ? error.message : reasonOf(cause);
}
