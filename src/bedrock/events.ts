import { nearest } from "./nearest.ts";

/** The events that a Bedrock server manager tells of, each published to `event:{name}`. */
export const EVENT_NAMES = [
  "before_addon_import",
  "after_addon_import",
  "before_backup",
  "after_backup",
  "before_restore",
  "after_restore",
  "before_prune_backups",
  "after_prune_backups",
  "before_players_add",
  "after_players_add",
  "before_player_db_scan",
  "after_player_db_scan",
  "before_server_start",
  "after_server_start",
  "before_server_stop",
  "after_server_stop",
  "before_command_send",
  "after_command_send",
  "before_allowlist_change",
  "after_allowlist_change",
  "before_server_install",
  "after_server_install",
  "before_server_update",
  "after_server_update",
  "before_autostart_change",
  "after_autostart_change",
  "after_server_statuses_updated",
  "before_web_server_start",
  "after_web_server_start",
  "before_web_server_stop",
  "after_web_server_stop",
  "before_world_export",
  "after_world_export",
  "before_world_import",
  "after_world_import",
  "before_world_reset",
  "after_world_reset",
] as const;

/** One of `EVENT_NAMES`. */
export type EventName = (typeof EVENT_NAMES)[number];

const KNOWN: ReadonlySet<unknown> = new Set(EVENT_NAMES);

/** True for one of `EVENT_NAMES`. */
export function isEventName(name: unknown): name is EventName {
  return KNOWN.has(name);
}

/**
 * Publishes an event to `event:{name}` with type `event`. PROTOCOL.md, Topics.
 * @param data The event's fields: any value that JSON can hold.
 * @returns What the hub's `publish` returns.
 * @throws TypeError at once for a name that is not in `EVENT_NAMES`.
 */
export function publishEvent<Result>(
  hub: { publish(topic: string, data: unknown, options?: { type?: string }): Promise<Result> },
  name: EventName,
  data: unknown,
): Promise<Result> {
  requireEventName(name);
  return hub.publish(`event:${name}`, data, { type: "event" });
}

/** Throws a TypeError for a name that is not in `EVENT_NAMES`. */
export function requireEventName(name: unknown): void {
  if (!isEventName(name)) throw new TypeError(unknownEvent(name));
}

function unknownEvent(name: unknown): string {
  const got = typeof name === "string" ? `'${name.slice(0, 64)}'` : `a value of type ${typeof name}`;
  const near = typeof name === "string" ? nearest(name, EVENT_NAMES) : [];
  const hint = near.length > 0 ? `did you mean ${near.map((it) => `'${it}'`).join(" or ")}? ` : "";
  return `Unknown event: got ${got}; ${hint}EVENT_NAMES lists all ${EVENT_NAMES.length}`;
}
