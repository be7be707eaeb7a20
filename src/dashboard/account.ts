import type { ClientState } from "../client/index.ts";
import { el, onPress, part, setText } from "./dom.ts";
import { formatSpan } from "./format.ts";
import type { TokenContent } from "./token.ts";

/** Who is signed in, and the way out. */
export class Account {
  readonly #menu = part("account", HTMLDetailsElement);
  readonly #facts = part("session", HTMLDListElement);

  constructor(signOut: () => void) {
    onPress("sign-out", signOut);
    // As menus do: Escape closes it, and so does a press elsewhere.
    this.#menu.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape") return;
      this.#menu.open = false;
      this.#menu.querySelector("summary")?.focus();
    });
    addEventListener("click", ({ target }) => {
      if (target instanceof Node && !this.#menu.contains(target)) this.#menu.open = false;
    });
  }

  start({ user = "?", isAdmin }: TokenContent): void {
    this.#menu.open = false;
    setText(part("user", HTMLElement), user);
    setText(part("initial", HTMLElement), [...user][0] ?? "?");
    setText(part("tasks-user", HTMLElement), user);
    part("role", HTMLElement).hidden = !isAdmin;
  }

  show(state: ClientState): void {
    if (state.status !== "open") return;
    const { transport, connection = "–", expiresAt } = state;
    const facts = {
      Transport: transport === "sse" ? "event stream" : "WebSocket",
      Connection: connection,
      "Token ends": typeof expiresAt === "number" ? `in ${formatSpan(expiresAt - Date.now())}` : "never",
    };
    const items = Object.entries(facts).flatMap(([name, fact]) => [el("dt", {}, name), el("dd", {}, fact)]);
    this.#facts.replaceChildren(...items);
  }
}
