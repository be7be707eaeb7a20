import type { ClientState } from "../client/options.ts";
import { onPress, part, setText } from "./dom.ts";

const announcer = () => part("announcer", HTMLElement);

/** Says something to who listens to the page. */
export function announce(text: string): void {
  setText(announcer(), text);
}

/** How the connection is, with a countdown to the next attempt. */
export class LinkBar {
  readonly #host = part("link", HTMLElement);
  readonly #text = part("link-text", HTMLElement);
  readonly #button: HTMLButtonElement;
  #state: ClientState = { status: "connecting" };

  constructor(reconnect: () => void) {
    this.#button = onPress("reconnect", reconnect);
  }

  show(state: ClientState): void {
    const isNew = state.status !== this.#state.status;
    this.#state = state;
    this.#host.dataset.state = state.status;
    this.#button.hidden = state.status !== "waiting";
    setText(this.#button, "Reconnect now");
    this.tick();
    if (isNew) announce(announcementOf(state));
  }

  /** The connection ended, and nothing but somebody's wish brings it back. */
  closed(reason: string): void {
    this.show({ status: "closed", code: 0, reason, error: undefined });
    this.#button.hidden = false;
    setText(this.#button, "Connect again");
  }

  /** Called once a second, for the countdown. */
  tick(): void {
    setText(this.#text, textOf(this.#state));
  }
}

/** Why a connection ended for good, in words. */
export function endingOf({ code, reason, error }: Extract<ClientState, { status: "closed" }>): string {
  // Browsers do not tell a page what a refusal said: 1006 is all there is.
  if (code === 1006 && error?.code === "unauthorized") return "The server does not accept this token.";
  return error?.message ?? reason;
}

function textOf(state: ClientState): string {
  if (state.status === "open") return state.transport === "sse" ? "Live (event stream)" : "Live";
  if (state.status === "waiting") {
    const seconds = Math.max(Math.ceil((state.retryAt - Date.now()) / 1000), 0);
    return seconds === 0 ? "Reconnecting…" : `Reconnecting in ${seconds} s`;
  }
  return state.status === "closed" ? `Not connected: ${state.reason}` : "Connecting…";
}

function announcementOf(state: ClientState): string {
  if (state.status === "open") return "Connected";
  if (state.status === "waiting") return "The connection was lost, reconnecting";
  return state.status === "closed" ? "Not connected" : "";
}
