export type { PublicKeyAlgorithm, SecretAlgorithm } from "./auth/algorithms.ts";
export type { AllowedOrigins } from "./auth/origin.ts";
export type {
  Broker,
  BrokerFactory,
  BrokerSettings,
  BrokerSink,
  Envelope,
  Extent,
  History,
  HistoryQuery,
  Kept,
  Position,
  Standing,
} from "./hub/broker.ts";
export type { Clock } from "./hub/clock.ts";
export type { Connection } from "./hub/connection.ts";
export type { DrainTimes } from "./hub/drain.ts";
export type { Message, PublishOptions } from "./hub/envelope.ts";
export type { HistoryFields, KeptPublication } from "./hub/history-fields.ts";
export type { ErrorStage, HubHooks } from "./hub/hooks.ts";
export type { KeptLimits } from "./hub/kept-limits.ts";
export type { ConnectOptions, Published, TopicHistory, TopicHubOptions } from "./hub/options.ts";
export type { Page, PageQuery } from "./hub/page.ts";
export { type Authorize, type Grants, isGranted, type Principal } from "./hub/principal.ts";
export type { Publication, PublicationOf } from "./hub/publication.ts";
export type { HeartbeatTimes } from "./hub/pulse.ts";
export type { Subscribed } from "./hub/resume.ts";
export type { Confirmed, Wanted } from "./hub/subscriber.ts";
export type { Listener } from "./hub/subscriptions.ts";
export type { TopicEvent, TopicEventListener } from "./hub/topic-activity.ts";
export { TopicHub } from "./hub/topic-hub.ts";
export type { HistoryRule, TopicRuleInput } from "./hub/topic-rules.ts";
export type { Transport } from "./hub/transport.ts";
export type {
  CheckedSelector,
  DataOf,
  OutputOf,
  ParameterOf,
  ParametersOf,
  SelectedBy,
  SelectorOf,
  TopicAndData,
  TopicOf,
  TopicOfKey,
  TopicSchemas,
} from "./protocol/catalogue-types.ts";
export type { PatternPosition, Selection, Since } from "./protocol/client-message.ts";
export { CloseCode, type ErrorCode } from "./protocol/codes.ts";
export type { ConnectionEntry, TopicEntry, UserEntry } from "./protocol/entries.ts";
export type { SchemaFault, SchemaResult, StandardSchema } from "./protocol/standard-schema.ts";
export { type CatalogueOptions, defineTopics, type TopicCatalogue } from "./protocol/topic-catalogue.ts";
export type { DeliveredBody, DisconnectedBody, UnsubscribedBody } from "./routes/admin.ts";
export { ConfigError, type ConfigInput } from "./routes/config.ts";
export type { ErrorBody } from "./routes/errors.ts";
export type { HealthBody } from "./routes/health.ts";
export type { HistoryBody } from "./routes/history.ts";
export type { ConnectionsBody, TopicsBody } from "./routes/lists.ts";
export type { AuthorizeOption, ExtraRoute, KeyOption, TopicRoutesOptions } from "./routes/options.ts";
export type { PresenceBody } from "./routes/presence.ts";
export type { PublishBody, PublishedBody } from "./routes/publish.ts";
export type { DirectBody, PublishMessage } from "./routes/publish-messages.ts";
export type { Runtime, SocketEvents, SocketOptions, UpgradeSettings } from "./routes/runtime.ts";
export { topicRoutes } from "./routes/topic-routes.ts";
export type { TopicRoutes } from "./routes/typed-routes.ts";
export { VERSION } from "./version.ts";
