import type { Hono, TypedResponse } from "hono";
import type { BlankEnv, BlankSchema, ExtractSchema, ToSchema } from "hono/types";
import type { healthRoutes } from "./health.ts";
import type { ExtraRoute } from "./options.ts";
import type { PublishInput, PublishResponse } from "./publish.ts";
import type { WsInput } from "./ws.ts";

// What an app's type says of its routes Hono compares nowhere: a type test holds this against the routes.
type Schema = ToSchema<"get", "/ws", WsInput, TypedResponse> &
  ToSchema<"post", "/publish", PublishInput, PublishResponse>;
type ExtraSchema<Extra> = "health" extends Extra
  ? ExtractSchema<ReturnType<typeof healthRoutes>>
  : BlankSchema;

/**
 * The app that `topicRoutes` makes, with the types that `hc` of `hono/client` reads: `/ws`, `/publish`, and with
 * "health" among `extraRoutes` `/healthz` and `/readyz`.
 */
export type TopicRoutes<Extra extends ExtraRoute = never> = Hono<BlankEnv, Schema & ExtraSchema<Extra>, "/">;
