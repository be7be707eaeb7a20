import { readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "./guard.ts";

/** A clock for a process of ours that can be put back and forward; the time that passes stays as it is. */
export interface FakeTime {
  /** What the process is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** Puts it so many seconds before or after the right time. */
  put(seconds: number): void;
}

/** Makes one with libfaketime. */
export function createFakeTime(): FakeTime {
  const file = join(scratchFolder(), "offset");
  const put = (seconds: number) => {
    writeFileSync(`${file}.new`, `${seconds < 0 ? "" : "+"}${seconds}`);
    renameSync(`${file}.new`, file);
  };
  put(0);
  const env = {
    LD_PRELOAD: library(),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  return { env, put };
}

function library(): string {
  for (const folder of readdirSync("/usr/lib", { encoding: "utf8" }).filter((name) =>
    name.includes("-linux-"),
  ))
    for (const name of filesIn(`/usr/lib/${folder}/faketime`))
      if (name === "libfaketime.so.1") return `/usr/lib/${folder}/faketime/${name}`;
  throw new Error("libfaketime is missing: apt-get install faketime");
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
