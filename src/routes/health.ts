import { Hono } from "hono";
import type { TopicHub } from "../hub/topic-hub.ts";
import { VERSION } from "../version.ts";
import { errorResponse } from "./errors.ts";

/** `GET /healthz`: the process lives. `GET /readyz`: it takes connections. */
export function healthRoutes(hub: TopicHub, runtime: string): Hono {
  const startedAt = hub.clock.now();
  const state = () => ({
    runtime,
    version: VERSION,
    uptime_s: Math.floor((hub.clock.now() - startedAt) / 1000),
  });
  const noStore = { "Cache-Control": "no-store" };
  return new Hono()
    .get("/healthz", (c) => c.json({ status: "success", ...state() }, 200, noStore))
    .get("/readyz", (c) =>
      hub.isDraining
        ? errorResponse(c, 503, "draining", "The server is stopping", state())
        : c.json({ status: "success", ...state() }, 200, noStore),
    );
}
