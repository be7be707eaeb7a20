// Version 1 of node-server and its helper, which this folder has and nobody else; hono is the project's own.
export { createAdaptorServer } from "@hono/node-server";
export { createNodeWebSocket } from "@hono/node-ws";
