import { safeParse } from "valibot";
import { faultsOf } from "../protocol/faults.ts";
import { ServersConfig } from "./config.ts";

/** Throws a TypeError that names all that is wrong with a list of servers. */
export function requireServers(servers: unknown): void {
  const { issues } = safeParse(ServersConfig, servers);
  if (issues)
    throw new TypeError(
      faultsOf(issues)
        .map(({ message }) => message)
        .join("; "),
    );
}
