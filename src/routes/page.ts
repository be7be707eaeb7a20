import type { Handler } from "hono";
import { SCRIPT } from "./page-script.ts";
import { STYLE } from "./page-style.ts";

/** `GET /`: what this is and how to connect. It holds no data; its script asks for that with the token. */
export function pageRoute(): Handler {
  const policy = digests().then(
    ([style, script]) =>
      `default-src 'none'; style-src '${style}'; script-src '${script}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  return async (c) => {
    c.header("Content-Security-Policy", await policy);
    c.header("Referrer-Policy", "no-referrer");
    c.header("X-Content-Type-Options", "nosniff");
    return c.html(PAGE);
  };
}

function digests(): Promise<string[]> {
  return Promise.all(
    [STYLE, SCRIPT].map(async (text) => {
      const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
      return `sha256-${btoa(String.fromCharCode(...new Uint8Array(hash)))}`;
    }),
  );
}

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>topichub</title>
<style>${STYLE}</style>
<main>
<h1>topichub</h1>
<p>Real-time topics over WebSockets. This server takes connections at <code id="url">/ws</code>,
each with a JSON Web Token.</p>

<h2>Connect</h2>
<pre id="snippet"><code>const socket = new WebSocket("/ws?token=…");
socket.onmessage = ({ data }) =&gt; console.log(data);
socket.onopen = () =&gt;
  socket.send('{"action":"subscribe","topic":"event:*"}');</code></pre>

<h2>Publish</h2>
<pre id="curl"><code>curl -X POST /publish \\
  -H "Authorization: Bearer …" \\
  -d '{"topic":"event:after_backup","data":{"server_name":"survival"}}'</code></pre>

<h2>Try it</h2>
<form id="form">
<label for="token">Token</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" required>
<label for="topics">Topics and patterns</label>
<input id="topics" value="event:* resource-monitor:topichub" spellcheck="false" required>
<button>Connect</button>
</form>
<p id="state" role="status">Not connected. A token is made with <code>topichub token --user NAME</code>.</p>
<ol id="log" aria-label="Messages, newest first"></ol>
</main>
<script>${SCRIPT}</script>
</html>
`;
