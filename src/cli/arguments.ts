import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** Wrong input of whoever started the program: it ends with status 2 and a line for each fault. */
export class UsageError extends Error {
  override name = "UsageError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.faults = faults;
  }
}

/**
 * Parses a command's flags; it takes no other arguments.
 * @throws UsageError for one that is unknown, or lacks its value.
 */
export function parseFlags<const T extends ParseArgsOptionsConfig>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // The first sentence names the flag; what follows is about positional arguments.
    const [message = "wrong arguments"] = String(error instanceof Error ? error.message : error).split(
      /\.\s/,
    );
    throw new UsageError([`${message} (see topichub --help)`]);
  }
}
