import { part, setText } from "./dom.ts";
import type { PageSettings } from "./settings.ts";

/** Writes this server's address into what shows how to use it. */
export function teach({ base, hasClient }: PageSettings): void {
  for (const id of ["client-url", "snippet", "curl", "feed-try"]) {
    const element = part(id, HTMLElement);
    setText(element, (element.textContent ?? "").replaceAll("BASE", base));
  }
  part("teach-client", HTMLElement).hidden = !hasClient;
}
