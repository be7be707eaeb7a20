export { connect } from "./connect.ts";
export {
  type ClientClock,
  type ClientOptions,
  type ClientPosition,
  type ClientPublished,
  type ClientPublishOptions,
  type ClientSocket,
  type ClientSocketConstructor,
  type ClientState,
  type DirectMessage,
  type Message,
  type MessageOf,
  type Subscribed,
  type SubscribeOptions,
  TopicError,
} from "./options.ts";
export type {
  ClientEvents,
  ClientHistory,
  ClientPresence,
  Subscription,
  TopicClient,
} from "./topic-client.ts";
