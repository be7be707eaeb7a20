import { inMegabytes } from "../../test/support/memory.ts";
import type { Figures } from "./figures.ts";
import type { Measured } from "./rounds.ts";
import { growthOf } from "./verdict.ts";

const COLUMNS = ["round", "descriptors", "connections", "topics", "present", "held MB", "RSS MB"];
const row = (cells: readonly string[]) =>
  cells.map((cell, at) => cell.padStart((COLUMNS[at]?.length ?? 0) + 2)).join("");

export const headline = row(COLUMNS);

export function lineOf(name: string, figures: Figures): string {
  const { descriptors, connections, topics, present, held, resident } = figures;
  const counts = [descriptors, connections, topics, present].map(String);
  return row([name, ...counts, (held / 1e6).toFixed(2), inMegabytes(resident)]);
}

export function growthLine(measured: Measured): string {
  const { held, resident } = growthOf(measured);
  return `in the later half grew for each: held by ${held.toFixed(0)} bytes, RSS by ${resident.toFixed(0)}`;
}
