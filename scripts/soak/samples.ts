import { openDescriptors } from "../../test/support/descriptors.ts";
import { residentBytes } from "../../test/support/memory.ts";
import { axisOf, rowOf } from "./plot.ts";

/** What was seen each second. */
export interface Samples {
  resident: number[];
  descriptors: number[];
  connections: number[];
  deliveries: number[];
}

/** Looks once a second. `countsNow` gives what only the clients know: connections, and deliveries so far. */
export function watch(
  pid: number,
  countsNow: () => Promise<{ connections: number; deliveries: number }>,
): () => Samples {
  const samples: Samples = { resident: [], descriptors: [], connections: [], deliveries: [] };
  let before = 0;
  const timer = setInterval(async () => {
    const counts = await countsNow().catch(() => undefined);
    if (!counts) return;
    samples.resident.push(residentBytes(pid));
    samples.descriptors.push(openDescriptors(pid));
    samples.connections.push(counts.connections);
    samples.deliveries.push(counts.deliveries - before);
    before = counts.deliveries;
  }, 1000);
  return () => {
    clearInterval(timer);
    return samples;
  };
}

export function plotOf({ resident, descriptors, connections, deliveries }: Samples): string {
  const megabytes = resident.map((bytes) => bytes / 1e6);
  return [
    rowOf("RSS", megabytes, "MB"),
    rowOf("descriptors", descriptors, ""),
    rowOf("connections", connections, ""),
    rowOf("deliveries", deliveries, "a second"),
    axisOf(resident.length),
  ].join("\n");
}
