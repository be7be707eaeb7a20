// As many as a client of one process has at work without making the server wait for it.
const AT_ONCE = 32;

/** Does `one` so many times, some at once; rejects with the first failure. */
export async function many(times: number, one: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < times) await one(next++);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, times) }, work));
}
