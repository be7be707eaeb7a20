import { closable } from "./confirm.ts";
import { el, onPress, part, setText } from "./dom.ts";
import { prettyJson } from "./format.ts";

export interface TopicUser {
  user: string;
  connections: number;
}

export interface DetailsActions {
  /** Who is subscribed; rejects with what to say instead. */
  presence(topic: string): Promise<TopicUser[]>;
  /** Shows only that topic in the feed. */
  showOnly(topic: string): void;
}

/** One topic: its latest message, and who is on it. */
export class TopicDetails {
  readonly #dialog = part("details", HTMLDialogElement);
  readonly #people = part("details-people", HTMLUListElement);
  readonly #actions: DetailsActions;
  #topic = "";

  constructor(actions: DetailsActions) {
    this.#actions = actions;
    closable(this.#dialog);
    onPress("details-only", () => {
      this.#dialog.close();
      this.#actions.showOnly(this.#topic);
    });
  }

  open(topic: string, data: unknown): void {
    this.#topic = topic;
    setText(part("details-title", HTMLElement), topic);
    setText(
      part("details-data", HTMLElement),
      data === undefined ? "Nothing came since you signed in." : prettyJson(data),
    );
    this.#tell([el("li", { class: "note" }, "Asking…")]);
    this.#dialog.showModal();
    this.#actions.presence(topic).then(
      (users) => {
        if (this.#topic === topic) this.#tell(users.map(chipOf));
      },
      (error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        if (this.#topic === topic) this.#tell([el("li", { class: "note" }, text)]);
      },
    );
  }

  #tell(items: HTMLElement[]): void {
    this.#people.replaceChildren(...(items.length > 0 ? items : [el("li", { class: "note" }, "Nobody")]));
  }
}

function chipOf({ user, connections }: TopicUser): HTMLElement {
  return el("li", { class: "chip" }, connections > 1 ? `${user} ×${connections}` : user);
}
