import type { Hono, TypedResponse } from "hono";
import type { BlankEnv, BlankSchema, ExtractSchema, ToSchema } from "hono/types";
import type { adminRoutes } from "./admin.ts";
import type { healthRoutes } from "./health.ts";
import type { historyRoute } from "./history.ts";
import type { ExtraRoute } from "./options.ts";
import type { presenceRoute } from "./presence.ts";
import type { PublishInput, PublishResponse } from "./publish.ts";
import type { SseInput, SseResponse } from "./sse.ts";
import type { WsInput } from "./ws.ts";

// What an app's type says of its routes Hono compares nowhere: a type test holds this against the routes.
type Schema = ToSchema<"get", "/ws", WsInput, TypedResponse> &
  ToSchema<"get", "/sse", SseInput, SseResponse> &
  ToSchema<"post", "/publish", PublishInput, PublishResponse>;
interface ExtraApps {
  admin: ReturnType<typeof adminRoutes>;
  health: ReturnType<typeof healthRoutes>;
  history: ReturnType<typeof historyRoute>;
  presence: ReturnType<typeof presenceRoute>;
}
type SchemaOf<Name extends keyof ExtraApps, Extra> = Name extends Extra
  ? ExtractSchema<ExtraApps[Name]>
  : BlankSchema;
type ExtraSchema<Extra> = SchemaOf<"admin", Extra> &
  SchemaOf<"health", Extra> &
  SchemaOf<"history", Extra> &
  SchemaOf<"presence", Extra>;

/**
 * The app that `topicRoutes` makes, with the types that `hc` of `hono/client` reads: `/ws`, `/sse`, `/publish`, and what
 * "admin", "health", "history" and "presence" among `extraRoutes` bring. `hc` puts parameters into the path as they are: give it
 * `encodeURIComponent(user)`.
 */
export type TopicRoutes<Extra extends ExtraRoute = never> = Hono<BlankEnv, Schema & ExtraSchema<Extra>, "/">;
