import { forgetColors } from "./chart.ts";
import { part, setText } from "./dom.ts";
import { plural } from "./format.ts";
import { inNextFrame } from "./frames.ts";
import type { Sample } from "./sample.ts";
import { ServerCard } from "./server-card.ts";

const MOST_SERVERS = 60;
// The time that charts show, in seconds: as much as there is, within these.
const LEAST_S = 60;
const MOST_S = 900;

/** The servers that samples came of, in the order of their names. */
export class Servers {
  readonly #cards = new Map<string, ServerCard>();
  readonly #host = part("server-cards", HTMLElement);
  readonly #note = part("servers-note", HTMLElement);
  readonly #empty = part("servers-empty", HTMLElement);
  #firstTime = Number.POSITIVE_INFINITY;

  get names(): string[] {
    return [...this.#cards.keys()];
  }

  get size(): number {
    return this.#cards.size;
  }

  get up(): number {
    return [...this.#cards.values()].filter((card) => card.isUp).length;
  }

  take(name: string, sample: Sample, time: number): void {
    const card = this.#cards.get(name) ?? this.#add(name);
    if (!card) return;
    card.take(sample, time);
    this.#firstTime = Math.min(this.#firstTime, time / 1000);
    inNextFrame(this.paint);
  }

  paint = (): void => {
    const newest = Math.max(...[...this.#cards.values()].map(({ series }) => series.times.at(-1) ?? 0));
    const span = Math.min(Math.max(newest - this.#firstTime, LEAST_S), MOST_S);
    if (!this.#host.closest("[hidden]"))
      for (const card of this.#cards.values()) card.paint(newest - span, newest);
    this.#empty.hidden = this.#cards.size > 0;
    setText(this.#note, this.#cards.size > 0 ? `last ${plural(Math.round(span / 60), "minute")}` : "");
  };

  recolor(): void {
    forgetColors();
    for (const card of this.#cards.values()) card.recolor();
  }

  clear(): void {
    this.#cards.clear();
    this.#firstTime = Number.POSITIVE_INFINITY;
    this.#host.replaceChildren();
    this.paint();
  }

  #add(name: string): ServerCard | undefined {
    if (this.#cards.size >= MOST_SERVERS) return undefined;
    const card = new ServerCard(name);
    this.#cards.set(name, card);
    const after = [...this.#cards.keys()].sort().find((other) => other > name);
    const place = after === undefined ? null : (this.#cards.get(after)?.element ?? null);
    this.#host.insertBefore(card.element, place);
    return card;
  }
}
