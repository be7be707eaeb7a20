import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { jwt } from "hono/jwt";
import { topicRoutes } from "topichub";
import { bodies, read } from "./input.mjs";
import { draining, Problem } from "./problem.mjs";
import { backupRoutes } from "./routes/backups.mjs";
import { allowListRoutes, playerRoutes } from "./routes/players.mjs";
import { serverRoutes } from "./routes/servers.mjs";
import { taskRoutes } from "./routes/tasks.mjs";
import { worldRoutes } from "./routes/worlds.mjs";
import { signIn } from "./sign-in.mjs";

/** @import { Context } from "hono" */
/** @import { JwtVariables } from "hono/jwt" */
/** @import { Runtime } from "topichub" */
/** @import { Parts } from "./parts.mjs" */

/** @typedef {{ Variables: { user: string } & JwtVariables<{ sub?: unknown }> }} SignedIn */

const BODY_BYTES = 65_536;

/**
 * The API under `/api`, and the hub at `/ws`; one token, of `POST /api/sessions`, is good for both.
 * @param {Parts} parts
 * @param {{ runtime: Runtime, secret: string }} options
 */
export function createApp(parts, { runtime, secret }) {
  const { hub, report } = parts;
  const app = new Hono();
  app.route("/api", api(parts, secret));
  // Whoever has a token of ours has its grants; any other token may do nothing.
  const defaultGrants = { subscribe: [], publish: [] };
  app.route("/", topicRoutes({ hub, runtime, secret, defaultGrants, extraRoutes: ["health", "page"] }));
  app.notFound((c) =>
    refuse(c, new Problem(404, "not_found", `No such route: ${c.req.method} ${c.req.path}`)),
  );
  app.onError((error, c) => {
    if (error instanceof Problem) return refuse(c, error);
    if (error instanceof HTTPException && error.status === 401) return refuse(c, signInFirst());
    report(error, { stage: "request" });
    return refuse(c, new Problem(500, "unavailable", "The request failed on the server: its log says why"));
  });
  return app;
}

/**
 * @param {Parts} parts
 * @param {string} secret
 */
function api(parts, secret) {
  const { hub, worlds, addons } = parts;
  const tooLarge = new Problem(413, "too_large", `The body takes at most ${BODY_BYTES} bytes`);
  /** @type {Hono<SignedIn>} */
  const routes = new Hono();
  return routes
    .use((_, next) => {
      if (hub.isDraining) throw draining("The manager is stopping");
      return next();
    })
    .use(bodyLimit({ maxSize: BODY_BYTES, onError: (c) => refuse(c, tooLarge) }))
    .post("/sessions", async (c) => {
      const { user } = await read(c, bodies.session);
      return c.json({ status: "success", ...(await signIn(user, secret)) }, 201);
    })
    .use(jwt({ secret, alg: "HS256" }))
    .use((c, next) => {
      const { sub } = c.get("jwtPayload");
      if (typeof sub !== "string" || sub === "") throw signInFirst();
      c.set("user", sub);
      return next();
    })
    .route("/servers", serverRoutes(parts))
    .route("/servers", backupRoutes(parts))
    .route("/servers", worldRoutes(parts))
    .route("/servers", allowListRoutes(parts))
    .route("/players", playerRoutes(parts))
    .route("/tasks", taskRoutes(parts))
    .get("/exports", async (c) => c.json({ status: "success", exports: await worlds.exported() }))
    .get("/addons", (c) => c.json({ status: "success", addons: addons.all() }));
}

// What `jwt` says itself can quote the token.
const signInFirst = () =>
  new Problem(
    401,
    "unauthorized",
    'Sign in first: POST /api/sessions {"user":…} gives a token to send as Bearer',
  );

/**
 * @param {Context} c
 * @param {Problem} problem
 */
function refuse(c, { status, code, message }) {
  if (status === 401) c.header("WWW-Authenticate", "Bearer");
  return c.json({ status: "error", code, message }, status);
}
