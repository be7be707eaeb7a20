import { countSubscribers, type Person, readPeople } from "./audience.ts";
import { confirmed } from "./confirm.ts";
import { el, onPress, part, setText } from "./dom.ts";
import { formatBytes, formatCount, formatSpan, plural } from "./format.ts";
import { deliveredText, type PublishForm } from "./publish.ts";
import { type ServerApi, ServerError } from "./server-api.ts";

const MOST_ROWS = 300;
const MOST_CHIPS = 8;

/** Who is connected, for administrators: who is on what, direct sends, disconnects. */
export class People {
  readonly #form: PublishForm;
  readonly #table = part("people-table", HTMLTableElement);
  readonly #filter = part("people-filter", HTMLInputElement);
  readonly #note = part("people-note", HTMLElement);
  readonly #fault = part("people-fault", HTMLElement);
  readonly #empty = part("people-empty", HTMLElement);
  #api: ServerApi | undefined;
  #own: () => string | undefined = () => undefined;
  #people: Person[] = [];
  #isWhole = true;

  constructor(form: PublishForm) {
    this.#form = form;
    this.#filter.addEventListener("input", () => this.paint());
    onPress("people-refresh", () => void this.refresh());
  }

  /** All that are known, or as many as the server was asked for. */
  get people(): readonly Person[] {
    return this.#people;
  }

  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** @param own The id of this page's own connection. */
  start(api: ServerApi, own: () => string | undefined): void {
    this.#api = api;
    this.#own = own;
  }

  clear(): void {
    this.#api = undefined;
    this.#people = [];
    this.paint();
  }

  /** Shows who matches a text only. */
  showOnly(text: string): void {
    this.#filter.value = text;
    this.paint();
  }

  /** How many connections get each topic. */
  subscribers(topics: Iterable<string>): Map<string, number> {
    return countSubscribers(this.#people, topics);
  }

  /**
   * Asks the server anew.
   * @returns False where it does not offer that to this token.
   */
  async refresh(): Promise<boolean> {
    const api = this.#api;
    if (!api) return false;
    try {
      const { entries, isWhole } = await api.list("/connections", "connections");
      if (api !== this.#api) return false;
      this.#people = readPeople(entries);
      this.#isWhole = isWhole;
      setText(this.#fault, "");
      this.paint();
      return true;
    } catch (error) {
      setText(this.#fault, error instanceof Error ? error.message : String(error));
      return !(error instanceof ServerError && [401, 403, 404, 501].includes(error.status ?? 0));
    }
  }

  paint(): void {
    if (this.#table.closest("section")?.hidden) return;
    const words = this.#filter.value.toLowerCase();
    const found = this.#people.filter((person) =>
      [person.user, person.connection, ...person.topics].some((text) => text.toLowerCase().includes(words)),
    );
    found.sort((a, b) => b.unsentBytes - a.unsentBytes || b.connectedAt - a.connectedAt);
    const focused = document.activeElement?.getAttribute("aria-label");
    this.#table.tBodies[0]?.replaceChildren(
      ...found.slice(0, MOST_ROWS).map((person) => this.#rowOf(person)),
    );
    // The rows are new ones: the focus goes to the button that says the same.
    if (focused)
      for (const button of this.#table.querySelectorAll("button"))
        if (button.getAttribute("aria-label") === focused) button.focus();
    this.#empty.hidden = found.length > 0;
    const users = new Set(found.map(({ user }) => user)).size;
    const count = this.#isWhole
      ? plural(found.length, "connection")
      : `${formatCount(found.length)}+ connections`;
    setText(this.#note, `${count} of ${plural(users, "user")}`);
  }

  #rowOf(person: Person): HTMLTableRowElement {
    const { connection, user, topics, connectedAt, unsentBytes } = person;
    const chips = topics.slice(0, MOST_CHIPS).map((topic) => el("span", { class: "chip" }, topic));
    if (topics.length > MOST_CHIPS)
      chips.push(el("span", { class: "note" }, `${topics.length - MOST_CHIPS} more`));
    if (topics.length === 0) chips.push(el("span", { class: "note" }, "nothing"));
    const send = el(
      "button",
      { type: "button", class: "small", "aria-label": `Send to ${user}, ${connection}` },
      "Send…",
    );
    send.addEventListener("click", () => this.#send(person));
    const cut = el(
      "button",
      { type: "button", class: "small", "aria-label": `Disconnect ${user}, ${connection}` },
      "Disconnect…",
    );
    cut.addEventListener("click", () => void this.#disconnect(person));
    const who = el("span", { class: "who" }, user);
    if (connection === this.#own()) who.append(" ", el("span", { class: "tag" }, "this page"));
    const unsent = { class: `number${unsentBytes > 0 ? " slow" : ""}`, "data-label": "unsent" };
    return el(
      "tr",
      {},
      el("td", {}, who, el("span", { class: "id" }, connection)),
      el("td", {}, el("div", { class: "chips" }, ...chips)),
      el("td", { class: "number", "data-label": "for" }, formatSpan(Date.now() - connectedAt)),
      el("td", unsent, formatBytes(unsentBytes)),
      el("td", {}, el("div", { class: "row-actions" }, send, cut)),
    );
  }

  #send({ connection, user }: Person): void {
    const api = this.#api;
    if (!api) return;
    const alike = this.#countOf(user);
    this.#form.open({
      title: `Send to ${user}`,
      lead: "Directly, past all topics.",
      needsTopic: false,
      ...(alike > 1 && { all: `To all ${alike} connections of ${user}` }),
      async send({ topic, type, data, isForAll }) {
        const path = isForAll ? `/users/${encodeURIComponent(user)}` : pathOf(connection);
        const body = { data, ...(type && { type }), ...(topic && { topic }) };
        const { delivered } = await api.send(`${path}/messages`, body);
        return deliveredText(delivered);
      },
    });
  }

  async #disconnect({ connection, user }: Person): Promise<void> {
    const alike = this.#countOf(user);
    const answer = await confirmed({
      title: `Disconnect ${user}?`,
      text: `Closes the connection ${connection} with code 4501. Clients that keep to the protocol do not come back by themselves.`,
      yes: "Disconnect",
      ...(alike > 1 && { more: `Disconnect all ${alike}` }),
    });
    if (!answer) return;
    try {
      const path = answer === "more" ? `/users/${encodeURIComponent(user)}/connections` : pathOf(connection);
      await this.#api?.remove(path);
      await this.refresh();
    } catch (error) {
      setText(this.#fault, error instanceof Error ? error.message : String(error));
    }
    part("people-refresh", HTMLButtonElement).focus();
  }

  #countOf(user: string): number {
    return this.#people.filter((other) => other.user === user).length;
  }
}

function pathOf(connection: string): string {
  return `/connections/${encodeURIComponent(connection)}`;
}
