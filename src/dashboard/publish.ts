import { closable } from "./confirm.ts";
import { el, part, setText } from "./dom.ts";
import { plural } from "./format.ts";

/** What somebody wants to send. */
export interface Draft {
  topic: string;
  type: string | undefined;
  data: unknown;
  /** True where it goes to all that `all` names. */
  isForAll: boolean;
}

/** Where it goes. */
export interface Destination {
  title: string;
  /** More about it; empty for nothing. */
  lead: string;
  /** True where there has to be a topic. */
  needsTopic: boolean;
  /** What a box says that has it go to more; no box unless given. */
  all?: string;
  /** Sends it, and says how that went; what it throws is shown. */
  send(draft: Draft): Promise<string>;
}

/** The form to publish with, and to send directly. It stays open, so that one can send again. */
export class PublishForm {
  readonly #dialog = part("publish", HTMLDialogElement);
  readonly #topic = part("publish-topic", HTMLInputElement);
  readonly #type = part("publish-type", HTMLInputElement);
  readonly #data = part("publish-data", HTMLTextAreaElement);
  readonly #all = part("publish-all", HTMLInputElement);
  readonly #fault = part("publish-fault", HTMLElement);
  readonly #done = part("publish-done", HTMLElement);
  readonly #button = part("publish-send", HTMLButtonElement);
  #destination: Destination | undefined;

  constructor() {
    closable(this.#dialog);
    part("publish-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
    this.#data.addEventListener("input", () => setText(this.#fault, ""));
  }

  /** @param topics Those to choose from; any other may be typed as well. */
  open(destination: Destination, topics: readonly string[] = []): void {
    this.#destination = destination;
    setText(part("publish-title", HTMLElement), destination.title);
    setText(part("publish-to", HTMLElement), destination.lead);
    setText(this.#button, destination.needsTopic ? "Publish" : "Send");
    part("publish-all-row", HTMLElement).hidden = destination.all === undefined;
    setText(part("publish-all-text", HTMLElement), destination.all ?? "");
    this.#all.checked = false;
    const options = topics.slice(0, 200).map((topic) => el("option", { value: topic }));
    part("known-topics", HTMLDataListElement).replaceChildren(...options);
    this.#tell("", "");
    this.#dialog.showModal();
    (destination.needsTopic ? this.#topic : this.#data).focus();
  }

  close(): void {
    this.#dialog.close();
  }

  async #send(): Promise<void> {
    const destination = this.#destination;
    const draft = destination && this.#read(destination);
    if (!draft) return;
    this.#button.disabled = true;
    try {
      this.#tell("", await destination.send(draft));
    } catch (error) {
      this.#tell(error instanceof Error ? error.message : String(error), "");
    } finally {
      this.#button.disabled = false;
    }
  }

  #read({ needsTopic }: Destination): Draft | undefined {
    const topic = this.#topic.value.trim();
    if (needsTopic && topic === "") {
      this.#tell("A topic is missing: where does it go?", "");
      this.#topic.focus();
      return undefined;
    }
    try {
      const type = this.#type.value.trim() || undefined;
      return { topic, type, data: JSON.parse(this.#data.value), isForAll: this.#all.checked };
    } catch (error) {
      this.#tell(`The data is no JSON: ${error instanceof Error ? error.message : String(error)}`, "");
      this.#data.focus();
      return undefined;
    }
  }

  #tell(fault: string, done: string): void {
    setText(this.#fault, fault);
    setText(this.#done, done);
  }
}

/** How a direct send went. */
export function deliveredText(delivered: unknown): string {
  return typeof delivered === "number" ? `Sent to ${plural(delivered, "connection")}.` : "Sent.";
}
