import { openDescriptors } from "../../test/support/descriptors.ts";

/** The least of some looks at them: the connections of whoever has just asked the process something are closing. */
export async function settledDescriptors(pid: number): Promise<number> {
  let least = openDescriptors(pid);
  for (let look = 0; look < 20; look++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    least = Math.min(least, openDescriptors(pid));
  }
  return least;
}
