/** What the page knows of its server without asking. */
export interface PageSettings {
  /** The address under which the routes are mounted, which is the page's own. */
  base: string;
  /** When the server takes the token. */
  auth: "upgrade" | "first-message";
  /** The claim that holds grants. */
  claim: string;
  /** True where the server has `/client.js`. */
  hasClient: boolean;
}

/** Reads what the server wrote into the page's head. */
export function pageSettings(): PageSettings {
  return {
    base: location.href.replace(/[#?].*/, "").replace(/\/$/, ""),
    auth: contentOf("topichub-auth") === "first-message" ? "first-message" : "upgrade",
    claim: contentOf("topichub-claim") ?? "topics",
    hasClient: contentOf("topichub-client") === "yes",
  };
}

function contentOf(name: string): string | null {
  return document.querySelector(`meta[name="${name}"]`)?.getAttribute("content") ?? null;
}
