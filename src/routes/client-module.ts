import type { Handler } from "hono";
import { sendText, sha256, type Text } from "./static-text.ts";

/** `GET /client.js`: the client library, for a `<script type="module">` of any page. */
export function clientRoute(): Handler {
  let module: Promise<Text> | undefined;
  return async (c) => {
    // Only now: whoever never asks for it never loads it.
    module ??= makeModule();
    return sendText(c, await module);
  };
}

async function makeModule(): Promise<Text> {
  const { CLIENT } = await import("../client/client.built.ts");
  return {
    text: CLIENT,
    tag: await sha256(CLIENT),
    type: "text/javascript; charset=UTF-8",
    headers: { "Access-Control-Allow-Origin": "*" },
  };
}
