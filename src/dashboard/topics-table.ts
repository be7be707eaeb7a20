import { isPattern } from "../protocol/topic.ts";
import { el, part, setText, topicName } from "./dom.ts";
import { formatCount, formatRate, formatSpan } from "./format.ts";
import { spark } from "./spark.ts";
import type { TopicBook, TopicLine } from "./topic-book.ts";
import { isSort, type Order, ordered, pressed } from "./topic-order.ts";

// More nobody looks through: the filter finds the others.
const MOST_ROWS = 150;

interface Row {
  element: HTMLTableRowElement;
  fill(line: TopicLine, atMs: number): void;
}

/** The topics with their rates. It changes once a second, when it is asked to. */
export class TopicsTable {
  readonly #book: TopicBook;
  readonly #open: (topic: string) => void;
  readonly #table = part("topics-table", HTMLTableElement);
  readonly #note = part("topics-note", HTMLElement);
  readonly #empty = part("topics-empty", HTMLElement);
  readonly #filter = part("topics-filter", HTMLInputElement);
  #rows = new Map<string, Row>();
  #order: Order = { sort: "rate", isAscending: false };

  constructor(book: TopicBook, open: (topic: string) => void) {
    this.#book = book;
    this.#open = open;
    this.#filter.addEventListener("input", () => this.paint());
    for (const head of this.#table.querySelectorAll("th")) this.#sortBy(head);
    this.#tellOrder();
  }

  /** Shows the column that only an administrator has figures for. */
  showSubscribers(isShown: boolean): void {
    this.#table.classList.toggle("admin", isShown);
  }

  paint(): void {
    const now = performance.now();
    const words = this.#filter.value.toLowerCase();
    const found = this.#book.lines().filter(({ topic }) => topic.toLowerCase().includes(words));
    const shown = ordered(found, this.#order, now).slice(0, MOST_ROWS);
    const rows = new Map(shown.map((line) => [line.topic, this.#rows.get(line.topic) ?? this.#newRow(line)]));
    for (const line of shown) rows.get(line.topic)?.fill(line, now);
    this.#place([...rows.values()]);
    this.#rows = rows;
    this.#table.hidden = shown.length === 0;
    this.#empty.hidden = this.#book.size > 0;
    const all = formatCount(this.#book.size);
    setText(this.#note, shown.length < this.#book.size ? `${formatCount(shown.length)} of ${all}` : all);
  }

  /** Moves only what stands elsewhere, so that the focus stays where it is. */
  #place(rows: readonly Row[]): void {
    const [body] = this.#table.tBodies;
    if (!body) return;
    const kept = new Set(rows.map(({ element }) => element));
    for (const element of [...body.rows]) if (!kept.has(element)) element.remove();
    for (const [index, { element }] of rows.entries())
      if (body.rows[index] !== element) body.insertBefore(element, body.rows[index] ?? null);
  }

  #newRow({ topic }: TopicLine): Row {
    const line = spark();
    const [rate, total, subscribers, seen] = Array.from({ length: 4 }, () => el("td", { class: "number" }));
    const name = el("button", { type: "button", class: "link-like" }, topicName(topic));
    name.addEventListener("click", () => this.#open(topic));
    const named = el("td", {}, name);
    if (isPattern(topic)) named.append(" ", el("span", { class: "tag plain" }, "pattern"));
    subscribers?.classList.add("admin-only");
    const cells = [named, rate, el("td", { class: "spark-cell" }, line.element), total, subscribers, seen];
    const element = el("tr", {}, ...cells.filter((cell) => cell !== undefined));
    return {
      element,
      fill(now, atMs) {
        const perSecond = now.rate.perSecond(atMs);
        element.classList.toggle("idle", perSecond === 0);
        line.draw(inPairs(now.rate.series(atMs)));
        if (rate) setText(rate, `${formatRate(perSecond)}/s`);
        if (total) setText(total, formatCount(now.total));
        if (subscribers)
          setText(subscribers, now.subscribers === undefined ? "–" : formatCount(now.subscribers));
        if (seen) setText(seen, now.seenAt === undefined ? "–" : sinceOf(atMs - now.seenAt));
      },
    };
  }

  #sortBy(head: HTMLTableCellElement): void {
    const { sort } = head.dataset;
    head.querySelector("button")?.addEventListener("click", () => {
      if (!isSort(sort)) return;
      this.#order = pressed(this.#order, sort);
      this.#tellOrder();
      this.paint();
    });
  }

  #tellOrder(): void {
    for (const head of this.#table.querySelectorAll("th")) {
      head.removeAttribute("aria-sort");
      if (head.dataset.sort === this.#order.sort)
        head.setAttribute("aria-sort", this.#order.isAscending ? "ascending" : "descending");
    }
  }
}

function sinceOf(ms: number): string {
  return ms < 1500 ? "now" : `${formatSpan(ms)} ago`;
}

/** Calmer to look at than single seconds are. */
function inPairs(counts: readonly number[]): number[] {
  return counts.flatMap((count, index) => (index % 2 === 0 ? [count + (counts[index + 1] ?? 0)] : []));
}
