import { part, setText } from "./dom.ts";

const VIEWS = ["overview", "events", "logs", "tasks", "connections"] as const;
export type View = (typeof VIEWS)[number];

/** The views, of which the address' fragment names one; `changed` is called with the one that is shown. */
export class Views {
  readonly #changed: (view: View) => void;
  readonly #main = part("main", HTMLElement);
  #view: View = "overview";

  constructor(changed: (view: View) => void) {
    this.#changed = changed;
    addEventListener("hashchange", () => this.#follow());
  }

  get view(): View {
    return this.#view;
  }

  /** Shows what the address names. */
  start(): void {
    this.#show(viewOf(location.hash) ?? "overview");
  }

  /** Goes to a view, as a link does. */
  go(view: View): void {
    location.hash = view;
  }

  #follow(): void {
    const view = viewOf(location.hash);
    if (view && view !== this.#view) this.#show(view);
  }

  #show(view: View): void {
    this.#view = view;
    this.#main.dataset.view = view;
    for (const section of this.#main.querySelectorAll<HTMLElement>("[data-views]"))
      section.hidden = !section.dataset.views?.split(" ").includes(view);
    let title = "";
    for (const link of part("nav", HTMLElement).querySelectorAll("a")) {
      if (link.hash === `#${view}`) {
        link.setAttribute("aria-current", "page");
        title = link.firstChild?.textContent?.trim() ?? "";
      } else link.removeAttribute("aria-current");
    }
    setText(part("view-title", HTMLHeadingElement), title);
    document.title = `${title} · topichub`;
    this.#changed(view);
  }
}

function viewOf(hash: string): View | undefined {
  return VIEWS.find((view) => `#${view}` === hash);
}
