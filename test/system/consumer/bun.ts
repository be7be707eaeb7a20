// Compiled where the types of Bun are, and no other runtime's.
import { bun, websocket } from "topichub/bun";
import { api } from "./core.js";

Bun.serve({ fetch: api(bun, "a secret").fetch, websocket: websocket({ maxMessageBytes: 5 }) });
// @ts-expect-error an option that is not there
websocket({ maxPayload: 5 });
