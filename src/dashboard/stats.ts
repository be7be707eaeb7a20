import { part, setText } from "./dom.ts";
import { formatCount, formatRate, plural } from "./format.ts";
import type { People } from "./people.ts";
import type { Servers } from "./servers.ts";
import { areaPath, sparkPath } from "./spark.ts";
import type { TopicBook } from "./topic-book.ts";

const [WIDTH, HEIGHT] = [120, 32];

/** The figures at the top. */
export class Stats {
  readonly #line = part("stat-spark", SVGSVGElement).querySelector(".line");
  readonly #area = part("stat-spark", SVGSVGElement).querySelector(".fill");

  paint(book: TopicBook, servers: Servers, people: People | undefined): void {
    const now = performance.now();
    const series = book.all.series(now);
    this.#line?.setAttribute("d", sparkPath(series, WIDTH, HEIGHT));
    this.#area?.setAttribute("d", areaPath(series, WIDTH, HEIGHT));
    set("stat-rate", formatRate(book.all.perSecond(now)));
    set("stat-topics", formatCount(book.live(now)));
    set("stat-topics-note", "in the last minute");
    set("stat-total", formatCount(book.total));
    const { size, up } = servers;
    set("stat-servers", size === 0 ? "–" : String(up));
    set(
      "stat-servers-note",
      size === 0 ? "no samples yet" : up === size ? "all that are watched" : `of ${size}`,
    );
    part("stat-people-tile", HTMLElement).hidden = !people;
    if (!people) return;
    set("stat-people", `${formatCount(people.people.length)}${people.isWhole ? "" : "+"}`);
    set("stat-people-note", plural(new Set(people.people.map(({ user }) => user)).size, "user"));
  }
}

function set(id: string, text: string): void {
  setText(part(id, HTMLElement), text);
}
