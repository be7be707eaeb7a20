import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, startChild } from "../../test/support/child.ts";
import { eventually, within } from "../../test/support/deadline.ts";
import { environment } from "../../test/support/environment.ts";
import { scratchFolder } from "../../test/support/guard.ts";
import { startProxy, type TcpProxy } from "../../test/support/proxy.ts";
import type { Random } from "../../test/support/random.ts";
import type { Server } from "../../test/support/spawn-server.ts";
import { ROOT } from "../../test/support/targets.ts";
import { breakageOf, unbroken } from "../faults/breakage.ts";
import type { Entry } from "./producer.ts";

/** A publication that was answered as accepted. */
export interface Accepted {
  topic: string;
  offset: number;
  mark: string;
}

export interface Producer {
  /** How often it was killed. */
  readonly kills: number;
  /** Hands over what its journal has since the last time. */
  read(): void;
  /** Has it finish what it is at, and reads the rest. Throws where it had failed. */
  stop(): Promise<void>;
}

/** Starts one behind a proxy that breaks its connections; it is killed and begun again at random moments. */
export async function startProducer(
  server: Server,
  name: string,
  kind: "http" | "websocket" | "storm",
  random: Random,
  onAccepted: (publication: Accepted) => void,
): Promise<Producer> {
  const proxy = await startProxy(server);
  breakAll(proxy, random);
  const journal = join(scratchFolder(), "journal");
  writeFileSync(journal, "");
  const begin = () => startOne([proxy.url, name, kind, journal, String(random.below(1_000_000))]);
  let child = begin();
  let kills = 0;
  let isOver = false;
  let failure: unknown;

  const killing = (async () => {
    while (!isOver) {
      await new Promise((resolve) => setTimeout(resolve, 4000 + random.below(8000)));
      if (isOver) return;
      child.kill("SIGKILL");
      const { signal } = await child.exited;
      if (signal !== "SIGKILL") throw new Error(`a producer ended: ${child.stderr()}`);
      kills++;
      child = begin();
    }
  })().catch((error: unknown) => {
    failure = error;
  });

  const read = reading(journal, onAccepted);
  return {
    get kills() {
      return kills;
    },
    read,
    async stop() {
      isOver = true;
      await killing;
      if (failure) throw failure;
      // Until then the signal would end it in the middle.
      await eventually(
        () => child.stdout().includes("ready"),
        30_000,
        () => `a producer: ${child.stderr()}`,
      );
      child.kill("SIGTERM");
      const { code } = await within(child.exited, 60_000, () => `a producer's end: ${child.stderr()}`);
      if (code !== 0) throw new Error(`a producer ended with ${code}: ${child.stderr()}`);
      read();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

function startOne(args: string[]): Child {
  const script = `${ROOT}scripts/soak/producer.ts`;
  const options = { cwd: ROOT, env: environment({}), leavesLogsUnread: false };
  return startChild([process.execPath, script, ...args], options);
}

/** Every third connection of a proxy goes wrong. */
function breakAll(proxy: TcpProxy, random: Random): void {
  const next = () =>
    proxy.next((connection) => {
      const breakage = random.below(3) === 0 ? breakageOf(random) : unbroken(60_000);
      breakage.prepare(connection);
      // Reset even where it vanished: who was killed asks for nothing any more.
      setTimeout(() => connection.toServer.cut(), breakage.ms);
      next();
    });
  next();
}

/** Pairs what was begun with what it came to. */
function reading(journal: string, onAccepted: (publication: Accepted) => void): () => void {
  const begun = new Map<string, NonNullable<Entry["begun"]>>();
  const settled = new Set<string>();
  let at = 0;
  return () => {
    const bytes = readFileSync(journal);
    const end = bytes.lastIndexOf("\n") + 1;
    const lines = bytes.toString("utf8", at, end).split("\n").filter(Boolean);
    at = end;
    for (const line of lines) {
      const entry: Entry = JSON.parse(line);
      if (entry.begun) begun.set(entry.key, entry.begun);
      // It was killed between the two and asked again: the same answer comes twice.
      if (!entry.published || settled.has(entry.key)) continue;
      settled.add(entry.key);
      const messages = begun.get(entry.key) ?? [];
      for (const [index, { topic, offset }] of entry.published.entries())
        onAccepted({ topic, offset, mark: messages[index]?.data.mark ?? "" });
      begun.delete(entry.key);
    }
  };
}
