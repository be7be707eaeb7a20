// Compiled where the types of Node are, and no other runtime's.
import type { Server } from "node:http";
import { createServer, type Fetch, node } from "topichub/node";
import { api } from "./core.js";

export const server: Server = createServer(api(node, "a secret").fetch satisfies Fetch, {
  maxMessageBytes: 5,
});
// @ts-expect-error an option that is not there
createServer(api(node, "a secret").fetch, { port: 3000 });
