/** The sections of the configuration: one object, of which each part of a server takes those that concern it. */
export const SECTIONS: readonly string[] = [
  "servers",
  "app_log",
  "monitor",
  "auth",
  "topics",
  "limits",
  "heartbeat",
  "drain",
  "metrics",
];
