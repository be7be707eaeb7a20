import type { Connection } from "./connection.ts";

/** The open connections, by id and by user. */
export class Roster {
  readonly #byId = new Map<string, Connection>();
  readonly #byUser = new Map<string, Set<Connection>>();

  add(connection: Connection): void {
    this.#byId.set(connection.id, connection);
    const ofUser = this.#byUser.get(connection.user);
    if (ofUser) ofUser.add(connection);
    else this.#byUser.set(connection.user, new Set([connection]));
  }

  remove(connection: Connection): void {
    this.#byId.delete(connection.id);
    const ofUser = this.#byUser.get(connection.user);
    ofUser?.delete(connection);
    if (ofUser?.size === 0) this.#byUser.delete(connection.user);
  }

  withId(id: string): Connection[] {
    const connection = this.#byId.get(id);
    return connection ? [connection] : [];
  }

  ofUser(user: string): Connection[] {
    return [...(this.#byUser.get(user) ?? [])];
  }

  /** Every connection, with its id before it. */
  [Symbol.iterator](): Iterator<[id: string, connection: Connection]> {
    return this.#byId.entries();
  }

  all(): Connection[] {
    return [...this.#byId.values()];
  }

  get size(): { connections: number; users: number } {
    return { connections: this.#byId.size, users: this.#byUser.size };
  }
}
