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

/** Runs what may throw a `UsageError`, whose faults are added to those found before. */
export function collect<T>(faults: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    faults.push(...error.faults);
    return undefined;
  }
}

/**
 * Parses a command's flags; it takes no other arguments.
 * @param faults Gets a line for each flag that is unknown, or lacks its value.
 * @returns The flags that are right.
 */
export function parseFlags<const T extends ParseArgsOptionsConfig>(
  args: string[],
  options: T,
  faults: string[],
): FlagValues<T> {
  const { tokens, values } = parseArgs({ args, options, strict: false, tokens: true });
  const known = (name: string) => (Object.hasOwn(options, name) ? options[name] : undefined);
  for (const [at, token] of tokens.entries()) {
    const before = tokens[at - 1];
    // What follows an unknown flag is most likely its value.
    const isValue = before?.kind === "option" && !known(before.name) && before.value === undefined;
    if (token.kind === "positional" && !isValue) faults.push(`unexpected argument '${token.value}' ${SEE}`);
    if (token.kind !== "option") continue;
    const fault = flagFault(token.rawName, known(token.name)?.type, token.value);
    if (fault) {
      faults.push(`${fault} ${SEE}`);
      delete values[token.name];
    }
  }
  // The tokens say that the values are what the options ask for.
  return values as FlagValues<T>;
}

const SEE = "(see topichub --help)";

function flagFault(flag: string, type: "string" | "boolean" | undefined, value: string | undefined) {
  if (type === undefined) return `unknown flag ${flag}`;
  if (type === "string") return value === undefined ? `${flag} takes a value` : undefined;
  return value === undefined ? undefined : `${flag} takes no value`;
}

/** What `parseArgs` gives where everything fits. */
type FlagValues<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T; strict: true }>
>["values"];
