import { el, part, setText } from "./dom.ts";
import { formatCount, plural } from "./format.ts";
import { inNextFrame } from "./frames.ts";
import { LOG_LINES, LogBook, type LogLine, levelOf, logOf } from "./log-book.ts";

/** Gets what is kept of a log, oldest first, up to a time that is asked for last; rejects where nothing is to be had. */
export type LogHistory = (topic: string, before: () => number) => Promise<string[]>;

// Lines that are at its end, in pixels, count as being there.
const NEAR_END = 24;

/** The lines of one log at a time, newest last; it follows them unless one reads further up. */
export class Logs {
  readonly #book = new LogBook();
  readonly #lines = part("logs-lines", HTMLElement);
  readonly #source = part("logs-source", HTMLSelectElement);
  readonly #filter = part("logs-filter", HTMLInputElement);
  readonly #follow = part("logs-follow", HTMLButtonElement);
  readonly #note = part("logs-note", HTMLElement);
  readonly #empty = part("logs-empty", HTMLElement);
  #history: LogHistory = () => Promise.resolve([]);
  #asked = new Set<string>();
  #firstTimes = new Map<string, number>();
  #pending: LogLine[] = [];
  #isFollowing = true;
  #missed = 0;

  constructor() {
    this.#source.addEventListener("change", () => this.#open());
    this.#filter.addEventListener("input", () => this.#showAll());
    this.#follow.addEventListener("click", () => this.#setFollowing(!this.#isFollowing));
    this.#lines.addEventListener("scroll", () => this.#scrolled(), { passive: true });
  }

  /** From now on histories come from there. */
  start(history: LogHistory): void {
    this.#history = history;
  }

  /** Makes a log known, so that one can look at it before anything comes. */
  know(topic: string): void {
    if (this.#book.topics.includes(topic) || !this.#book.open(topic)) return;
    this.#tellSources();
  }

  /** @param time When it was published, in milliseconds since 1970. */
  take(topic: string, data: string, time: number): void {
    this.know(topic);
    if (!this.#firstTimes.has(topic)) this.#firstTimes.set(topic, time);
    const lines = this.#book.add(topic, data);
    if (topic !== this.#source.value) return;
    this.#pending.push(...lines);
    if (this.#pending.length > LOG_LINES) this.#pending = this.#pending.slice(-LOG_LINES);
    inNextFrame(this.#paint);
  }

  addBreak(text: string): void {
    this.#book.addBreak(text);
    this.#showAll();
  }

  /** Called when the view is shown. */
  shown(): void {
    this.#open();
  }

  clear(): void {
    this.#book.clear();
    this.#asked.clear();
    this.#firstTimes.clear();
    this.#source.replaceChildren();
    this.#showAll();
    this.#setFollowing(true);
  }

  /** Shows the chosen log, and asks once for what is kept of it. */
  #open(): void {
    this.#showAll();
    this.#setFollowing(true);
    const topic = this.#source.value;
    if (topic === "" || this.#asked.has(topic)) return;
    this.#asked.add(topic);
    const ask = async () => {
      const before = () => this.#firstTimes.get(topic) ?? Number.POSITIVE_INFINITY;
      this.#book.addBefore(topic, await this.#history(topic, before));
      this.#showAll();
    };
    // Without a history there is what came since.
    ask().catch(() => {});
  }

  #tellSources(): void {
    const chosen = this.#source.value;
    const options = this.#book.topics.map((topic) => el("option", { value: topic }, logOf(topic) ?? topic));
    this.#source.replaceChildren(...options);
    if (chosen !== "") this.#source.value = chosen;
    else if (this.#lines.offsetParent !== null) this.#open();
  }

  #showAll(): void {
    this.#pending = this.#book.lines(this.#source.value);
    this.#lines.replaceChildren();
    this.#paint();
  }

  #paint = () => {
    const words = this.#filter.value.toLowerCase();
    const shown = this.#pending.filter((line) => line.text.toLowerCase().includes(words));
    this.#pending = [];
    this.#lines.append(...shown.map(lineOf));
    while (this.#lines.childElementCount > LOG_LINES) this.#lines.firstElementChild?.remove();
    if (this.#isFollowing) this.#lines.scrollTop = this.#lines.scrollHeight;
    else this.#missed += shown.length;
    this.#tell();
  };

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#lines;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (isAtEnd !== this.#isFollowing && scrollHeight > clientHeight) this.#setFollowing(isAtEnd);
  }

  #setFollowing(isFollowing: boolean): void {
    this.#isFollowing = isFollowing;
    if (isFollowing) {
      this.#missed = 0;
      this.#lines.scrollTop = this.#lines.scrollHeight;
    }
    this.#tell();
  }

  #tell(): void {
    const count = this.#lines.childElementCount;
    this.#lines.hidden = count === 0;
    this.#empty.hidden = count > 0;
    this.#source.hidden = this.#source.options.length === 0;
    this.#follow.setAttribute("aria-pressed", String(this.#isFollowing));
    const missed = this.#missed > 0 ? `Follow (${formatCount(this.#missed)} new)` : "Follow";
    setText(this.#follow, this.#isFollowing ? "Following" : missed);
    setText(this.#note, count > 0 ? plural(count, "line") : "");
  }
}

function lineOf({ text, kind }: LogLine): HTMLElement {
  const line = el("div", { class: kind === "break" ? "line break" : "line" }, text === "" ? " " : text);
  const level = levelOf(text);
  if (kind === "line" && level) line.dataset.level = level;
  return line;
}
