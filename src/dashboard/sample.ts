import { isRecord, numberOf, textOf } from "./reading.ts";

/** What a process used. */
export interface Figures {
  pid: number | undefined;
  cpu: number;
  memory: number;
  uptime: string | undefined;
}

/** A sample: figures, or why there are none. PROTOCOL.md, Samples. */
export interface Sample {
  figures: Figures | null;
  message: string | undefined;
}

const PREFIX = "resource-monitor:";

/** The server that a topic has samples of. */
export function serverOf(topic: string): string | undefined {
  return topic.startsWith(PREFIX) ? topic.slice(PREFIX.length) : undefined;
}

/** Reads a sample; undefined where it is none, since anybody with the grant may publish there. */
export function readSample(data: unknown): Sample | undefined {
  if (!isRecord(data)) return undefined;
  const { process_info: info } = data;
  const message = textOf(data.message);
  if (info === null) return { figures: null, message };
  if (!isRecord(info)) return undefined;
  const [cpu, memory] = [numberOf(info.cpu_percent), numberOf(info.memory_mb)];
  if (cpu === undefined || memory === undefined) return undefined;
  return { figures: { pid: numberOf(info.pid), cpu, memory, uptime: textOf(info.uptime) }, message };
}
