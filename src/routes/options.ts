import type { PublicKeyAlgorithm, SecretAlgorithm } from "../auth/algorithms.ts";
import type { AllowedOrigins } from "../auth/origin.ts";
import type { Authorize, Grants } from "../hub/principal.ts";
import type { TopicHub } from "../hub/topic-hub.ts";
import type { ConfigInput } from "./config.ts";
import type { Runtime } from "./runtime.ts";

/** Routes that are mounted only when named. */
export type ExtraRoute = "admin" | "client" | "health" | "history" | "page" | "presence";

/** Who may do what: by the tokens' grants and a default for tokens without, or by a function of yours. */
export type AuthorizeOption =
  | { defaultGrants: Grants; authorize?: never }
  | { authorize: Authorize; defaultGrants?: never };

/** What tokens are verified with: a key of your own, those of an identity provider, or both. */
export type KeyOption =
  | {
      /** The key that tokens are signed with; 32 bytes or more, from a random source. */
      secret: string | undefined;
      jwksUri?: undefined;
      /** The only algorithm accepted: HS256 unless given. */
      alg?: SecretAlgorithm | undefined;
    }
  | {
      secret?: string | undefined;
      /** Address of an identity provider's JSON Web Key Set (RFC 7517). */
      jwksUri: string;
      /** The only algorithm accepted: unless given, any that a key is for, and HS256 for the secret. */
      alg?: PublicKeyAlgorithm | undefined;
    };

/** What `topicRoutes` takes; `Extra` are the names in `extraRoutes`. */
export type TopicRoutesOptions<Extra extends ExtraRoute = ExtraRoute> = AuthorizeOption &
  KeyOption & {
    hub: TopicHub;
    /** Of the module that fits the server: `node` of `topichub/node`, and so on. */
    runtime: Runtime;
    /** The `iss` that tokens must have. */
    issuer?: string;
    /** What must be among the tokens' `aud`. */
    audience?: string;
    /** Which web origins may connect: the same host unless given. `*` turns cookie tokens off. */
    allowedOrigins?: AllowedOrigins;
    /** The same object that the configuration file holds. */
    config?: ConfigInput;
    /** Routes beyond `/ws`, `/sse` and `/publish`. */
    extraRoutes?: readonly Extra[];
  };
