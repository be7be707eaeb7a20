import type { AllowedOrigins } from "../auth/origin.ts";
import type { SecretAlgorithm } from "../auth/verify-token.ts";
import type { Authorize, Grants } from "../hub/principal.ts";
import type { TopicHub } from "../hub/topic-hub.ts";
import type { ConfigInput } from "./config.ts";
import type { Runtime } from "./runtime.ts";

/** Routes that are mounted only when named. */
export type ExtraRoute = "health" | "page";

/** Who may do what: by the tokens' grants and a default for tokens without, or by a function of yours. */
export type AuthorizeOption =
  | { defaultGrants: Grants; authorize?: never }
  | { authorize: Authorize; defaultGrants?: never };

/** What `topicRoutes` takes. */
export type TopicRoutesOptions = AuthorizeOption & {
  hub: TopicHub;
  /** Of the module that fits the server: `node` of `topichub/node`, and so on. */
  runtime: Runtime;
  /** The key that tokens are verified with; 32 bytes or more, from a random source. */
  secret: string | undefined;
  /** The only algorithm accepted: HS256 unless given. */
  alg?: SecretAlgorithm;
  /** The `iss` that tokens must have. */
  issuer?: string;
  /** What must be among the tokens' `aud`. */
  audience?: string;
  /** Which web origins may connect: the same host unless given. `*` turns cookie tokens off. */
  allowedOrigins?: AllowedOrigins;
  /** The same object that the configuration file holds. */
  config?: ConfigInput;
  /** Routes beyond `/ws` and `/publish`. */
  extraRoutes?: readonly ExtraRoute[];
};
