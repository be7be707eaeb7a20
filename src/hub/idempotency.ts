import type { Clock } from "./clock.ts";

/** How long what a request came to is remembered, in milliseconds. PROTOCOL.md, Idempotency keys. */
export const REMEMBERED_MS = 300_000;
/** Most bytes of outcomes that are remembered, however few keys those are. PROTOCOL.md, Idempotency keys. */
export const OUTCOME_BYTES = 16_777_216;

/** A request that comes with an idempotency key. */
export interface KeyedRequest {
  user: string;
  key: string;
  /** Tells it from every other request; see `fingerprintOf`. */
  fingerprint: string;
}

/** What a request came to. */
export interface Outcome {
  /** What a retry needs for its answer, as who claims the key encodes it: ASCII. */
  text: string;
  /** False where a retry has something left to do. */
  isDone: boolean;
}

/** A key in the hands of one request. */
export interface Claim {
  /** The text of what the same request came to before; undefined where there is nothing to go on from. */
  readonly earlier: string | undefined;
  /** Gives the key back, and remembers the outcome; without one it is as if the request had never come. */
  settle(outcome: Outcome | undefined): Promise<void> | void;
}

/** Why a key is not to be had: another request was made under it, or the same one still runs. */
export type Refusal = "mismatched" | "running";

/**
 * Where idempotency keys are remembered.
 *
 * - Keys of different users MUST NOT meet.
 * - A key MUST be in the hands of one request at a time, until that settles it. Where its outcome is done, retries
 *   hold nothing, and as many as come have it at once.
 * - `settle` MUST NOT reject: what was done is done, remembered or not. Whoever has a claim calls it once.
 */
export interface IdempotencyStore {
  claim(request: KeyedRequest): Promise<Claim | Refusal>;
}

interface Remembered extends Outcome {
  fingerprint: string;
  /** Milliseconds on the clock that nobody puts back. */
  until: number;
}

/** The idempotency keys of one process. */
export class IdempotencyKeys implements IdempotencyStore {
  readonly #limit: number;
  readonly #clock: Clock;
  /** Fingerprints of what has a key in its hands; as many as there are requests at work. */
  readonly #running = new Map<string, string>();
  /** In the order in which they were settled, which is that in which they end. */
  readonly #kept = new Map<string, Remembered>();
  #bytes = 0;

  /** @param limit Most keys whose outcome is remembered; past that the oldest goes. */
  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  async claim({ user, key, fingerprint }: KeyedRequest): Promise<Claim | Refusal> {
    // Of one size, however long the names are. Nothing may be awaited from here on.
    const id = await fingerprintOf([user, key]);
    this.#trim();
    const kept = this.#live(id);
    const running = this.#running.get(id);
    const known = running ?? kept?.fingerprint;
    if (known !== undefined && known !== fingerprint) return "mismatched";
    if (running !== undefined) return "running";
    if (kept?.isDone) return { earlier: kept.text, settle() {} };
    this.#running.set(id, fingerprint);
    return { earlier: kept?.text, settle: (outcome) => this.#settle(id, fingerprint, outcome) };
  }

  /** How many keys it holds: in somebody's hands, and remembered. */
  get size(): { running: number; remembered: number } {
    return { running: this.#running.size, remembered: this.#kept.size };
  }

  #settle(id: string, fingerprint: string, outcome: Outcome | undefined): void {
    this.#running.delete(id);
    this.#forget(id);
    if (!outcome) return;
    this.#kept.set(id, { ...outcome, fingerprint, until: this.#clock.elapsed() + REMEMBERED_MS });
    this.#bytes += outcome.text.length;
    this.#trim();
  }

  #live(id: string): Remembered | undefined {
    const kept = this.#kept.get(id);
    return kept && kept.until > this.#clock.elapsed() ? kept : undefined;
  }

  #trim(): void {
    const now = this.#clock.elapsed();
    for (const [id, { until }] of this.#kept) {
      if (until > now && this.#kept.size <= this.#limit && this.#bytes <= OUTCOME_BYTES) return;
      this.#forget(id);
    }
  }

  #forget(id: string): void {
    this.#bytes -= this.#kept.get(id)?.text.length ?? 0;
    this.#kept.delete(id);
  }
}

const encoder = new TextEncoder();

/** What tells a value that JSON can hold from every other: the SHA-256 of its JSON, in base64. */
export async function fingerprintOf(value: unknown): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", encoder.encode(JSON.stringify(value)));
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}

const WITHOUT_KEY: Claim = { earlier: undefined, settle() {} };

/**
 * Claims the key of a request, where it has one.
 * @param request What the request asks for, as values that JSON can hold.
 */
export async function claimKey(
  store: IdempotencyStore,
  user: string,
  key: string | undefined,
  request: unknown,
): Promise<Claim | Refusal> {
  if (key === undefined) return WITHOUT_KEY;
  return store.claim({ user, key, fingerprint: await fingerprintOf(request) });
}
