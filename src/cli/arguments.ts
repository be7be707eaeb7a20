import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { nearest } from "../bedrock/nearest.ts";

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

/** Adds those of `found` that are not about a flag which was named already, as one without its value. */
export function addFaults(faults: string[], found: readonly string[]): void {
  const flagOf = (fault: string) => fault.split(" ")[0];
  const named = new Set(faults.map(flagOf));
  faults.push(...found.filter((fault) => !named.has(flagOf(fault))));
}

/** What a command takes. */
export interface Syntax<T extends ParseArgsOptionsConfig> {
  /** Whose page of help says more. */
  command: string;
  options: T;
  /** Gets what is no flag; where it is left out, that is a fault. */
  words?: string[];
}

/**
 * Parses a command's flags.
 * @param faults Gets a line for each flag that is unknown, or lacks its value.
 * @returns The flags that are right.
 */
export function parseFlags<const T extends ParseArgsOptionsConfig>(
  args: string[],
  { command, options, words }: Syntax<T>,
  faults: string[],
): FlagValues<T> {
  const { tokens, values } = parseArgs({ args, options, strict: false, tokens: true });
  const known = (name: string) => (Object.hasOwn(options, name) ? options[name] : undefined);
  const add = (fault: string) => void faults.push(`${fault} (see topichub ${command} --help)`);
  for (const [at, token] of tokens.entries()) {
    const before = tokens[at - 1];
    // What follows an unknown flag is most likely its value.
    const isValue = before?.kind === "option" && !known(before.name) && before.value === undefined;
    if (token.kind === "positional" && !isValue) {
      if (words) words.push(token.value);
      else add(`unexpected argument '${token.value}'`);
    }
    if (token.kind !== "option") continue;
    const type = known(token.name)?.type;
    const fault = type
      ? valueFault(token.rawName, type, token.value)
      : unknownFlag(token, Object.keys(options));
    if (fault) {
      add(fault);
      delete values[token.name];
    }
  }
  // The tokens say that the values are what the options ask for.
  return values as FlagValues<T>;
}

function valueFault(flag: string, type: "string" | "boolean", value: string | undefined) {
  if (type === "string") return value === undefined ? `${flag} takes a value` : undefined;
  return value === undefined ? undefined : `${flag} takes no value`;
}

function unknownFlag({ name, rawName }: { name: string; rawName: string }, flags: readonly string[]) {
  // A letter is near to too much.
  const [meant] = name.length > 1 ? nearest(name, flags) : [];
  return `unknown flag ${rawName}${meant === undefined ? "" : `: is it --${meant}?`}`;
}

/** What `parseArgs` gives where everything fits. */
type FlagValues<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T; strict: true }>
>["values"];
