import type { Handler } from "hono";
import { sendText, sha256, type Text } from "./static-text.ts";

/** `GET /client.js`, the client library for a `<script type="module">` of any page, and what it loads where it has to. */
export function clientRoute(name: "CLIENT" | "CLIENT_SSE"): Handler {
  let module: Promise<Text> | undefined;
  return async (c) => {
    // Only now: whoever never asks for it never loads it.
    module ??= makeModule(name);
    return sendText(c, await module);
  };
}

async function makeModule(name: "CLIENT" | "CLIENT_SSE"): Promise<Text> {
  const { [name]: text } = await import("../client/client.built.ts");
  return {
    text,
    tag: await sha256(text),
    type: "text/javascript; charset=UTF-8",
    headers: { "Access-Control-Allow-Origin": "*" },
  };
}
