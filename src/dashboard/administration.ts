import { part } from "./dom.ts";
import type { People } from "./people.ts";
import type { Session } from "./session.ts";
import type { TopicBook } from "./topic-book.ts";
import type { TopicsTable } from "./topics-table.ts";
import type { Views } from "./views.ts";

/** How often the list of connections is asked for, in seconds. */
const LISTS_S = 5;

export interface AdministrationParts {
  people: People;
  table: TopicsTable;
  book: TopicBook;
  views: Views;
}

/** What is for administrators, where one is signed in and the server offers it: who is there, and on what. */
export class Administration {
  readonly #parts: AdministrationParts;
  #session: Session | undefined;
  #seconds = 0;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  get isOffered(): boolean {
    return this.#session !== undefined;
  }

  start(session: Session): void {
    this.#session = session.content.isAdmin ? session : undefined;
    const own = () => {
      const { state } = session.hub;
      return state.status === "open" ? state.connection : undefined;
    };
    if (this.#session) this.#parts.people.start(session.api, own);
    this.#show();
  }

  clear(): void {
    this.#session = undefined;
    this.#seconds = 0;
    this.#parts.people.clear();
  }

  /** Called once a second. */
  tick(): void {
    if (this.#session && this.#seconds++ % LISTS_S === 0) void this.#ask(this.#session);
  }

  async #ask(session: Session): Promise<void> {
    const { people, book } = this.#parts;
    const isOffered = await people.refresh();
    if (session !== this.#session) return;
    if (!isOffered) this.#session = undefined;
    this.#show();
    if (isOffered && people.isWhole)
      book.setSubscribers(people.subscribers(book.lines().map(({ topic }) => topic)));
  }

  #show(): void {
    const { table, views } = this.#parts;
    part("tab-people", HTMLElement).hidden = !this.isOffered;
    table.showSubscribers(this.isOffered);
    if (!this.isOffered && views.view === "connections") views.go("overview");
  }
}
