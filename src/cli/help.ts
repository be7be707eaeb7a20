/** What `topichub --help` prints. */
export const HELP = `topichub: real-time topics over WebSockets

Usage:
  topichub serve [--host HOST] [--port PORT] [--config FILE]
      Runs the server until SIGTERM or SIGINT.
  topichub token --user USER [--subscribe PATTERN]… [--publish PATTERN]… [--admin] [--ttl 1h] [--config FILE]
      Prints a token signed with JWT_SECRET. Without --subscribe and --publish the server's default applies.
      --ttl takes a number and s, m, h or d.
  topichub --help, topichub --version

Examples:
  JWT_SECRET=… topichub serve --port 8787
  JWT_SECRET=… topichub token --user alex --subscribe 'event:*' --ttl 12h

Environment:
  HOST, PORT                    where to listen: 127.0.0.1 and 8787; PORT=0 takes a free port
  JWT_SECRET, JWT_ALG           key of 32 bytes or more, and the one accepted algorithm: HS256
  JWKS_URI                      where an identity provider publishes its keys
  JWT_ISSUER, JWT_AUDIENCE      what tokens must name, where set
  AUTH_MODE                     upgrade, first-message or either: when the token is asked for
  ALLOWED_ORIGINS               list with commas, or *; the same host where not set
  TOPICHUB_CONFIG               configuration file: topichub.config.json if there
  LOG_LEVEL, LOG_FORMAT         debug, info, warn, error or silent; pretty or json`;
