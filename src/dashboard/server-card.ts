import { Chart } from "./chart.ts";
import { el, setText } from "./dom.ts";
import { formatMemory } from "./format.ts";
import type { Sample } from "./sample.ts";
import { Series } from "./series.ts";

// Without a sample for so long, in milliseconds, figures are old.
const STALE_MS = 15_000;

/** What one server uses: figures, and their charts. */
export class ServerCard {
  readonly series = new Series();
  readonly element: HTMLElement;
  readonly #state = el("span", { class: "card-state" });
  readonly #facts = el("span", { class: "card-facts" });
  readonly #message = el("p", { class: "card-message", hidden: "" });
  readonly #cpu = new Metric("CPU", "cpu", "--chart-cpu", 10, (value) => `${Number(value.toFixed(1))} %`);
  readonly #memory = new Metric("Memory", "memory", "--chart-memory", 16, shortMemory, formatMemory);
  readonly #metrics = el("div", { class: "metrics" });
  readonly #name: string;
  #sample: Sample = { figures: null, message: undefined };
  #heardAt = 0;

  constructor(name: string) {
    this.#name = name;
    const head = el("div", { class: "card-head" }, el("h3", {}, name), this.#state, this.#facts);
    this.#metrics.append(this.#cpu.element, this.#memory.element);
    this.element = el(
      "article",
      { class: "card", "aria-label": `Server ${name}` },
      head,
      this.#message,
      this.#metrics,
    );
  }

  /** True while there are figures. */
  get isUp(): boolean {
    return this.#sample.figures !== null && !this.#isStale;
  }

  get #isStale(): boolean {
    return performance.now() - this.#heardAt > STALE_MS;
  }

  take(sample: Sample, time: number): void {
    this.#sample = sample;
    this.#heardAt = performance.now();
    this.series.add(time, sample.figures);
  }

  paint(from: number, to: number): void {
    const { figures, message } = this.#sample;
    const state = this.#isStale ? "stale" : figures ? "up" : "down";
    this.element.dataset.state = state;
    setText(this.#state, { up: "Running", down: "Not running", stale: "No news" }[state]);
    setText(this.#facts, figures ? factsOf(figures) : "");
    this.#message.hidden = figures !== null;
    // Empty charts of what never ran say nothing.
    this.#metrics.hidden = !this.series.hasFigures;
    setText(this.#message, message ?? "There are no figures.");
    const { times, cpu, memory } = this.series;
    this.#cpu.paint(this.#name, figures?.cpu, times, cpu, [from, to]);
    this.#memory.paint(this.#name, figures?.memory, times, memory, [from, to]);
  }

  recolor(): void {
    this.#cpu.recolor();
    this.#memory.recolor();
  }
}

/** One figure, and its chart. The figure is that under the pointer, while there is one. */
class Metric {
  readonly element: HTMLElement;
  readonly #value = el("div", { class: "metric-value" });
  readonly #chart: Chart;
  readonly #label: string;
  readonly #long: (value: number) => string;
  #now: number | undefined;
  #pointed: number | null = null;

  constructor(
    label: string,
    kind: string,
    color: `--${string}`,
    least: number,
    format: (value: number) => string,
    long = format,
  ) {
    this.#label = label;
    this.#long = long;
    const onPoint = (value: number | null) => {
      this.#pointed = value;
      this.#tell();
    };
    this.#chart = new Chart({ color, least, format, onPoint });
    const name = el("div", { class: "metric-name" }, label);
    this.element = el("div", { class: `metric ${kind}` }, name, this.#value, this.#chart.element);
  }

  paint(
    server: string,
    now: number | undefined,
    times: number[],
    values: (number | null)[],
    [from, to]: [number, number],
  ): void {
    this.#now = now;
    this.#chart.draw(times, values, from, to);
    const most = Math.max(...values.map((value) => value ?? 0));
    const told = now === undefined ? "no figure now" : `${this.#long(now)} now`;
    const label = `${this.#label} of ${server} over time: ${told}, at most ${this.#long(most)}`;
    this.#chart.element.setAttribute("aria-label", label);
    this.#tell();
  }

  recolor(): void {
    this.#chart.recolor();
  }

  #tell(): void {
    const value = this.#pointed ?? this.#now;
    const [figure = "–", unit = ""] = value === undefined ? [] : this.#long(value).split(" ");
    if (this.#value.textContent === `${figure} ${unit}`) return;
    this.#value.replaceChildren(figure, " ", el("small", {}, unit));
  }
}

function shortMemory(value: number): string {
  return value < 1024 ? `${Number(value.toFixed(1))} M` : `${Number((value / 1024).toFixed(1))} G`;
}

function factsOf({ pid, uptime }: { pid: number | undefined; uptime: string | undefined }): string {
  const facts = [uptime === undefined ? "" : `up ${uptime}`, pid === undefined ? "" : `pid ${pid}`];
  return facts.filter(Boolean).join(" · ");
}
