import type { Handler } from "hono";
import type { Config } from "./config.ts";
import { sendText, sha256, type Text } from "./static-text.ts";

/** What the page's script is told of its server. */
export interface PageOptions extends Pick<Config["auth"], "mode" | "claim"> {
  /** True where `/client.js` is there. */
  hasClient: boolean;
}

/** `GET /`: the dashboard. It holds no data; its script asks for that with the token. */
export function pageRoute(options: PageOptions): Handler {
  let page: Promise<Text> | undefined;
  return async (c) => {
    // Only now: whoever never asks for the page never loads it.
    page ??= makePage(options);
    return sendText(c, await page);
  };
}

async function makePage({ mode, claim, hasClient }: PageOptions): Promise<Text> {
  const { MARKUP, STYLE, SCRIPT, ICON } = await import("../dashboard/page.built.ts");
  const [style, script] = await Promise.all([STYLE, SCRIPT].map((text) => sha256(text)));
  const text = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="topichub-auth" content="${mode}">
<meta name="topichub-claim" content="${escapeAttribute(claim)}">
<meta name="topichub-client" content="${hasClient ? "yes" : "no"}">
<title>topichub</title>
<link rel="icon" href="${escapeAttribute(ICON)}">
<style>${STYLE}</style>
${MARKUP}<script type="module">${SCRIPT}</script>
</html>
`;
  return {
    text,
    tag: await sha256(text),
    type: "text/html; charset=UTF-8",
    headers: {
      "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${style}'; script-src 'sha256-${script}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      "Referrer-Policy": "no-referrer",
    },
  };
}

function escapeAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
