import uPlot from "uplot";
import { el } from "./dom.ts";

const FONT = '11px Inter, ui-sans-serif, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif';
const HEIGHT = 104;

export interface ChartOptions {
  /** The custom property that holds the line's colour. */
  color: `--${string}`;
  /** What the axis is at least as high as. */
  least: number;
  format(value: number): string;
  /** Called with the value under the pointer, and null once it is gone. */
  onPoint(value: number | null): void;
}

/** A line over time. Pointers of all charts of a page move together. */
export class Chart {
  readonly element = el("div", { class: "chart", role: "img" });
  readonly #plot: uPlot;
  #time: [number, number] = [0, 1];
  #values: readonly (number | null)[] = [];

  constructor(options: ChartOptions) {
    this.#plot = new uPlot(this.#settings(options), [[], []], this.element);
    new ResizeObserver(() => this.#fit()).observe(this.element);
  }

  /** @param from Where the time begins; it ends at `to`. Both in seconds since 1970. */
  draw(times: number[], values: (number | null)[], from: number, to: number): void {
    this.#values = values;
    this.#time = [from, to];
    this.#plot.setData([times, values]);
  }

  /** Draws again, in the colours of the theme that now counts. */
  recolor(): void {
    this.#plot.redraw(false, true);
  }

  #fit(): void {
    const { clientWidth } = this.element;
    if (clientWidth > 0 && clientWidth !== this.#plot.width)
      this.#plot.setSize({ width: clientWidth, height: HEIGHT });
  }

  #settings({ color, least, format, onPoint }: ChartOptions): uPlot.Options {
    const grid = { stroke: () => colorOf("--line"), width: 1 };
    const axis: uPlot.Axis = { stroke: () => colorOf("--muted"), font: FONT, grid, ticks: { show: false } };
    return {
      width: 200,
      height: HEIGHT,
      padding: [8, 6, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, sync: { key: "topichub" }, drag: { x: false, y: false } },
      scales: {
        x: { time: true, range: () => this.#time },
        y: { range: (_, __, most) => [0, Math.max((most ?? 0) * 1.15, least)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 20,
          gap: 4,
          space: 56,
          values: (plot, ticks) => ticks.map((tick) => clockAt(plot, tick)),
        },
        { ...axis, size: 46, gap: 4, space: 28, values: (_, ticks) => ticks.map(format) },
      ],
      series: [
        {},
        {
          stroke: () => colorOf(color),
          fill: () => `color-mix(in srgb, ${colorOf(color)} 11%, transparent)`,
          width: 1.5,
          points: { show: false },
        },
      ],
      hooks: {
        setCursor: [
          ({ cursor: { idx, left = -1 } }) =>
            onPoint(left < 0 || idx === null || idx === undefined ? null : (this.#values[idx] ?? null)),
        ],
      },
    };
  }
}

const colors = new Map<string, string>();

/** Has charts ask for their colours anew, once the theme is another one. */
export function forgetColors(): void {
  colors.clear();
}

/** The colour of a custom property, as a canvas takes it: what `light-dark()` gives, settled. */
function colorOf(property: string): string {
  const known = colors.get(property);
  if (known !== undefined) return known;
  const probe = el("i", { hidden: "" });
  probe.style.color = `var(${property})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  colors.set(property, color);
  return color;
}

/** The time at a tick; nothing so near to the edge that it would be cut off. */
function clockAt(plot: uPlot, tick: number): string {
  const width = plot.bbox.width / devicePixelRatio;
  return plot.valToPos(tick, "x") > width - 22 ? "" : clockOf(tick);
}

function clockOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return date.getSeconds() === 0 ? clock : `${clock}:${two(date.getSeconds())}`;
}
