import { openDescriptors } from "../../test/support/descriptors.ts";
import { getJson } from "../../test/support/http.ts";
import { residentBytes } from "../../test/support/memory.ts";
import type { Target } from "../../test/support/targets.ts";
import { settledDescriptors } from "../faults/settled-descriptors.ts";
import type { MeasuredServer } from "./measured-server.ts";

/** As its routes tell it. */
export interface Counts {
  connections: number;
  topics: number;
  /** Users in the topic of the canary. */
  present: number;
}

/** What a server holds; all of it is to come back. */
export interface Figures extends Counts {
  descriptors: number;
  /** What the program holds after a collection, in bytes. */
  held: number;
  /** Resident memory after it, in bytes. */
  resident: number;
}

/** A server whose routes an operator may ask. */
export interface Asked extends MeasuredServer {
  prefix: string;
  /** A token. */
  operator: string;
}

export async function countsOf(at: Asked): Promise<Counts> {
  return {
    connections: await counted(at, "/connections", "connections"),
    topics: await counted(at, "/topics", "topics"),
    present: await counted(at, "/topics/order:canary/presence", "users"),
  };
}

async function counted({ server, prefix, operator }: Asked, path: string, field: string): Promise<number> {
  let [count, cursor] = [0, ""];
  do {
    const options = { token: operator, ms: 20_000 };
    const { json, status } = await getJson(server, `${prefix}${path}?limit=1000${cursor}`, options);
    if (status !== 200) throw new Error(`${path} was answered ${status}`);
    count += (json[field] as unknown[]).length;
    cursor = json.cursor ? `&cursor=${json.cursor}` : "";
  } while (cursor !== "");
  return count;
}

export async function figuresOf(at: Asked): Promise<Figures> {
  const counts = await countsOf(at);
  const held = await at.heldBytes();
  const resident = residentBytes(at.server.pid);
  return { ...counts, held, resident, descriptors: await settledDescriptors(at.server.pid) };
}

/** True once no more is there than before. */
export async function comesBack(target: Target, at: Asked, before: Figures): Promise<boolean> {
  const { connections, topics, present } = await countsOf(at);
  const areBack = connections <= before.connections && topics <= before.topics && present <= before.present;
  // A reset in the moment of the upgrade may leave a descriptor of Deno's own server open: docs/embedding.md.
  if (!target.capabilities.terminates) return areBack;
  return areBack && openDescriptors(at.server.pid) <= before.descriptors;
}
