import type { ClientState, Subscribed } from "../client/options.ts";

/** What is told of a connection beside what comes by it. */
export interface Notes {
  state(state: ClientState): void;
  confirmed(subscribed: Subscribed): void;
  gap(gap: { topic: string; skipped: number }): void;
}

/**
 * Words what happens to a connection. Before it was up once nothing is told: why not is the program's last line.
 * @param now Milliseconds since 1970.
 */
export function createNotes(tell: (note: string) => void, now = Date.now): Notes {
  let open: (ClientState & { status: "open" }) | undefined;
  let wasUp = false;
  let isUp = false;
  return {
    state(state) {
      open = state.status === "open" ? state : undefined;
      if (state.status !== "waiting" || !wasUp) return;
      const { code, reason, retryAt } = state;
      const seconds = (Math.max(retryAt - now(), 0) / 1000).toFixed(1);
      const what = isUp ? "connection lost" : "no connection";
      tell(`${what} (${reason || code}): reconnecting in ${seconds} s`);
      isUp = false;
    },
    confirmed({ topic, recovered, partial }) {
      // A stream counts as open before the server has answered: it is up once that confirms something.
      if (!isUp) tell(`connected${open?.user === undefined ? "" : ` as ${open.user}`} (${open?.transport})`);
      isUp = wasUp = true;
      if (recovered === undefined) return;
      const limits = partial ? " of what has a history" : "";
      tell(`${topic}: ${recovered ? `resumed, nothing missed${limits}` : "something may have been missed"}`);
    },
    gap: ({ topic, skipped }) => tell(`${topic}: ${skipped} left out, this reader is too slow for it`),
  };
}
