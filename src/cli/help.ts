/** What `topichub --help` prints. */
export const HELP = `topichub: real-time topics over WebSockets

Usage:
  topichub serve          runs the server
  topichub token          prints a token
  topichub subscribe      prints what is published
  topichub publish        publishes
  topichub COMMAND --help, topichub --version

Examples:
  JWT_SECRET=… topichub serve --port 8787
  export TOPICHUB_TOKEN=$(JWT_SECRET=… topichub token --user alex --subscribe '*' --publish 'event:*')
  topichub subscribe 'event:*'
  topichub publish event:after_backup '{"server_name":"survival"}'

Status: 0 when all went well, 1 when something failed, 2 for wrong usage; each fault is a line on standard error.`;

const SERVE = `topichub serve [--host HOST] [--port PORT] [--config FILE]

Runs the server until SIGTERM or SIGINT. A flag wins over its variable.

Environment:
  HOST, PORT                    where to listen: 127.0.0.1 and 8787; PORT=0 takes a free port
  JWT_SECRET, JWT_ALG           key of 32 bytes or more, and the one accepted algorithm: HS256
  JWKS_URI                      where an identity provider publishes its keys
  JWT_ISSUER, JWT_AUDIENCE      what tokens must name, where set
  AUTH_MODE                     upgrade, first-message or either: when the token is asked for
  ALLOWED_ORIGINS               list with commas, or *; the same host where not set
  TOPICHUB_CONFIG               configuration file: topichub.config.json if there
  LOG_LEVEL, LOG_FORMAT         debug, info, warn, error or silent; pretty or json

Example:
  JWT_SECRET=… topichub serve --port 8787`;

const TOKEN = `topichub token --user USER [--subscribe PATTERN]… [--publish PATTERN]… [--admin] [--ttl 1h] [--config FILE]

Prints a token signed with JWT_SECRET, for a server of the same environment and configuration.

  --subscribe, --publish        topics and patterns that it is good for; the server's default without both
  --admin                       good for the routes of administrators
  --ttl                         how long: a number and s, m, h or d; 1h unless given

Example:
  JWT_SECRET=… topichub token --user alex --subscribe 'event:*' --ttl 12h`;

const REMOTE = `  --url URL                     the server: TOPICHUB_URL unless given, or http://127.0.0.1:8787
  --token TOKEN                 TOPICHUB_TOKEN unless given; other users of the machine can see a flag
  --auth upgrade|first-message  when the server asks for the token: upgrade unless given
  --transport auto|websocket|sse
                                auto unless given: Server-Sent Events where there is no WebSocket`;

const SUBSCRIBE = `topichub subscribe TOPIC… [--json] [--count N] [--url URL] [--token TOKEN]

Prints what is published to topics and patterns, and what is sent to this user directly, until SIGINT or SIGTERM.
After a lost connection it goes on where it was. Standard output has the messages alone; standard error says when a
connection is lost, and of each topic whether something may have been missed.

  --json                        one JSON object a line: type, topic, data, offset, time
  --count N                     ends after N messages
  --timeout 10s                 how long to try for the first connection: a number and s, m, h or d
${REMOTE}

Examples:
  topichub subscribe 'event:*' resource-monitor:topichub
  topichub subscribe event:after_backup --json --count 1 | jq .data`;

const PUBLISH = `topichub publish TOPIC [JSON | -] [--type TYPE] [--key KEY] [--text] [-v | --json]

Publishes one JSON value, or each line of standard input, one after the other. Each is sent again where a connection
is lost, under one key, so that it is published once. It ends at the first that fails.

  --type TYPE                   1 to 64 bytes; that of the topic unless given
  --key KEY                     idempotency key of the one publication: the same again publishes nothing
  --text                        the value, or each line, is a string
  -v, --verbose                 prints the position of each
  --json                        prints it as one JSON object a line: topic, epoch, offset
  --timeout 10s                 how long to try for each: a number and s, m, h or d
${REMOTE}

Examples:
  topichub publish event:after_backup '{"server_name":"survival"}'
  tail -f app.log | topichub publish app_log --text
  topichub publish level -- -5`;

/** What `topichub COMMAND --help` prints, by command. */
export const PAGES: Readonly<Record<string, string>> = {
  serve: SERVE,
  token: TOKEN,
  subscribe: SUBSCRIBE,
  publish: PUBLISH,
};
