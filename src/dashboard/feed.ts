import { el, part, setText, topicName } from "./dom.ts";
import { FEED_SIZE, FeedBuffer, type FeedEntry, type FeedMessage, matcherOf } from "./feed-buffer.ts";
import { compactJson, formatCount, formatTime, plural, prettyJson } from "./format.ts";
import { inNextFrame } from "./frames.ts";

// While more than some come at once, the list changes so often, in milliseconds, and no oftener: nobody reads faster.
const BUSY_MS = 300;
const FEW = 20;
// Nor more than so many at a time: of the others it is told how many they were.
const BUSY_MOST = 40;

/** The events as they come, newest first. */
export class Feed {
  readonly #list = part("feed-list", HTMLOListElement);
  readonly #empty = part("feed-empty", HTMLElement);
  readonly #note = part("feed-note", HTMLElement);
  readonly #waiting = part("feed-waiting", HTMLButtonElement);
  readonly #pause = part("feed-pause", HTMLButtonElement);
  readonly #filter = part("feed-filter", HTMLInputElement);
  readonly #noisy = part("feed-noisy", HTMLButtonElement);
  readonly #buffer = new FeedBuffer();
  #isPaused = false;
  #isScrolled = false;
  #paintedAt = 0;
  #isDue = false;
  #isResuming = false;

  constructor() {
    this.#filter.addEventListener("input", () => this.#refilter());
    this.#noisy.addEventListener("click", () => {
      this.#noisy.setAttribute("aria-pressed", String(!this.#isNoisy));
      this.#refilter();
    });
    this.#pause.addEventListener("click", () => this.#setPaused(!this.#isPaused));
    this.#waiting.addEventListener("click", () => {
      this.#setPaused(false);
      this.#pause.focus();
    });
    // Remembered, because to ask for it has everything laid out.
    const remember = () => {
      this.#isScrolled = this.#list.scrollTop > 0;
    };
    this.#list.addEventListener("scroll", remember, { passive: true });
    this.#buffer.filter(matcherOf("", false));
  }

  add(entry: FeedEntry): void {
    this.#buffer.add(entry);
    this.#askToPaint();
  }

  /** Shows one topic's messages only. */
  showOnly(topic: string): void {
    this.#filter.value = topic;
    this.#noisy.setAttribute("aria-pressed", "true");
    this.#refilter();
  }

  clear(): void {
    this.#buffer.clear();
    this.#list.replaceChildren();
    this.#setPaused(false);
    this.#tell();
  }

  get #isNoisy(): boolean {
    return this.#noisy.getAttribute("aria-pressed") === "true";
  }

  #setPaused(isPaused: boolean): void {
    this.#isResuming = this.#isPaused && !isPaused;
    this.#isPaused = isPaused;
    this.#pause.setAttribute("aria-pressed", String(isPaused));
    setText(this.#pause, isPaused ? "Resume" : "Pause");
    this.#askToPaint();
  }

  #refilter(): void {
    this.#buffer.filter(matcherOf(this.#filter.value, this.#isNoisy));
    this.#list.replaceChildren();
    this.#show(FEED_SIZE);
  }

  #askToPaint(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const rest = this.#buffer.waiting > FEW ? this.#paintedAt + BUSY_MS - performance.now() : 0;
    if (rest > 0) setTimeout(() => inNextFrame(this.#paint), rest);
    else inNextFrame(this.#paint);
  }

  #paint = () => {
    this.#isDue = false;
    this.#paintedAt = performance.now();
    if (this.#isPaused) this.#tell();
    else this.#show(this.#buffer.waiting > FEW && !this.#isResuming ? BUSY_MOST : FEED_SIZE);
    this.#isResuming = false;
  };

  #show(most: number): void {
    const { entries, skipped } = this.#buffer.take(most);
    const isFresh = this.#list.childElementCount > 0 && entries.length < FEW;
    const rows = entries.reverse().map((entry) => rowOf(entry, isFresh));
    if (skipped > 0) rows.push(remark("remark", `${plural(skipped, "more message")} went by`));
    const before = this.#isScrolled ? this.#list.scrollHeight - this.#list.scrollTop : 0;
    this.#list.prepend(...rows);
    // What was skipped stands beneath the oldest.
    while (this.#list.childElementCount > Math.max(FEED_SIZE, rows.length))
      this.#list.lastElementChild?.remove();
    // Whoever has scrolled down to read something keeps it in sight.
    if (this.#isScrolled) this.#list.scrollTop = this.#list.scrollHeight - before;
    this.#tell();
  }

  #tell(): void {
    const { waiting } = this.#buffer;
    const count = this.#list.childElementCount;
    this.#waiting.hidden = !this.#isPaused;
    setText(this.#waiting, `Paused: ${plural(waiting, "event")} waiting. Show`);
    this.#empty.hidden = count > 0;
    setText(this.#note, count >= FEED_SIZE ? `newest ${formatCount(FEED_SIZE)}` : "");
  }
}

function rowOf(entry: FeedEntry, isFresh: boolean): HTMLElement {
  if (entry.kind !== "message") return remark(entry.kind, entry.text);
  const summary = el(
    "summary",
    {},
    el("time", {}, formatTime(entry.time)),
    topicName(entry.topic ?? "(no topic)"),
    el(
      "span",
      { class: entry.isDirect ? "tag" : "tag plain" },
      entry.isDirect ? `direct · ${entry.type}` : entry.type,
    ),
    el("span", { class: "compact" }, compactJson(entry.data)),
  );
  const details = el("details", {}, summary);
  // What nobody opens is never made.
  details.addEventListener("toggle", () => details.append(bodyOf(entry)), { once: true });
  return el("li", { class: isFresh ? "entry fresh" : "entry" }, details);
}

function bodyOf({ data }: FeedMessage): HTMLElement {
  return el("pre", { tabindex: "0" }, prettyJson(data));
}

function remark(kind: "break" | "remark", text: string): HTMLElement {
  return el("li", { class: `entry ${kind}` }, text);
}
