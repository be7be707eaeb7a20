import { part, setText } from "./dom.ts";
import { tabStorage } from "./tab-storage.ts";

const KEY = "token";

/** The form that takes a token; `entered` is called with each. */
export class SignIn {
  readonly #gate = part("gate", HTMLElement);
  readonly #field = part("token", HTMLInputElement);
  readonly #fault = part("token-fault", HTMLElement);

  constructor(entered: (token: string) => void) {
    part("sign-in", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const token = this.#field.value.trim();
      if (token === "") return this.show("Paste a token first.");
      entered(token);
    });
    addEventListener("hashchange", () => {
      const token = takeFromAddress();
      if (token) entered(token);
    });
  }

  /** @param fault Why one is asked again; empty for no reason. */
  show(fault: string): void {
    this.#gate.hidden = false;
    part("app", HTMLElement).hidden = true;
    document.title = "Sign in · topichub";
    setText(this.#fault, fault);
    this.#field.toggleAttribute("aria-invalid", fault !== "");
    this.#field.focus();
  }

  hide(): void {
    this.#gate.hidden = true;
    part("app", HTMLElement).hidden = false;
    this.#field.value = "";
    setText(this.#fault, "");
  }
}

/** The token of this visit: of the address, where it has one, or of the tab. */
export function givenToken(): string | undefined {
  return takeFromAddress() ?? keptToken();
}

export function keptToken(): string | undefined {
  return tabStorage.get(KEY) ?? undefined;
}

export function keepToken(token: string): void {
  tabStorage.set(KEY, token);
}

export function forgetToken(): void {
  tabStorage.remove(KEY);
}

/** Takes it out of the address bar at once, so that it is not copied along with it. */
function takeFromAddress(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return undefined;
  history.replaceState(null, "", location.pathname + location.search);
  return token.trim() || undefined;
}
