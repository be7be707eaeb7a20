/**
 * Writes lines to standard error, or to standard output, one after the other. `node:process` would do it synchronously
 * under Deno, and hold up everything while nobody reads.
 */
export function denoWriteLine(to: "stderr" | "stdout" = "stderr"): (line: string) => Promise<void> {
  const encoder = new TextEncoder();
  let last = Promise.resolve();
  const write = async (line: string) => {
    for (let rest = encoder.encode(line); rest.length > 0; ) rest = rest.subarray(await Deno[to].write(rest));
  };
  return (line) => {
    // A pipe that was closed is no reason to stop.
    last = last.then(() => write(line)).catch(() => {});
    return last;
  };
}
