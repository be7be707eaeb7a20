import { selectorFault } from "../protocol/topic.ts";
import { part, setText } from "./dom.ts";
import { readSelection } from "./selection.ts";
import { tabStorage } from "./tab-storage.ts";

const KEY = "topics";

/** The field that says which topics and patterns are followed; `changed` is called with others. */
export class FollowField {
  readonly #input = part("selection", HTMLInputElement);
  readonly #fault = part("follow-fault", HTMLElement);

  constructor(changed: (selectors: string[]) => void) {
    part("follow", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const selectors = readSelection(this.#input.value);
      const faults = selectors.flatMap((selector) => selectorFault(selector) ?? []);
      setText(this.#fault, faults[0] ?? "");
      if (faults.length > 0) return;
      tabStorage.set(KEY, selectors.join(" "));
      this.#input.value = selectors.join(" ");
      changed(selectors);
    });
  }

  /** @param granted What is followed where nothing else was chosen in this tab. */
  start(granted: readonly string[]): string[] {
    // What is no topic the server would not have granted either.
    const chosen = readSelection(tabStorage.get(KEY) ?? granted.join(" ")).filter(
      (selector) => selectorFault(selector) === undefined,
    );
    this.#input.value = chosen.join(" ");
    setText(this.#fault, "");
    return chosen;
  }

  /** Shows that something of it was refused. */
  refused(selector: string, message: string): void {
    setText(this.#fault, `${selector}: ${message}`);
  }

  forget(): void {
    tabStorage.remove(KEY);
  }
}
