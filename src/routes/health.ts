import { type Context, Hono, type TypedResponse } from "hono";
import type { TopicHub } from "../hub/topic-hub.ts";
import { VERSION } from "../version.ts";
import { errorResponse } from "./errors.ts";
import type { Runtime } from "./runtime.ts";

/** The body of `GET /healthz`, and of `GET /readyz` while the server takes connections. */
export interface HealthBody {
  status: "success";
  runtime: Runtime["name"];
  version: string;
  /** Whole seconds since the routes were made. */
  uptime_s: number;
}

type Healthy = Response & TypedResponse<HealthBody, 200, "json">;

/** `GET /healthz`: the process lives. `GET /readyz`: it takes connections. */
export function healthRoutes(hub: TopicHub, runtime: Runtime["name"]) {
  const startedAt = hub.clock.elapsed();
  const state = () => ({
    runtime,
    version: VERSION,
    uptime_s: Math.floor((hub.clock.elapsed() - startedAt) / 1000),
  });
  const healthy = (c: Context): Healthy =>
    c.json({ status: "success", ...state() }, 200, { "Cache-Control": "no-store" });
  return new Hono()
    .get("/healthz", healthy)
    .get("/readyz", (c) =>
      hub.isDraining ? errorResponse(c, 503, "draining", "The server is stopping", state()) : healthy(c),
    );
}
