/** Longest line, in characters: without an end it would fill the memory. */
const LONGEST = 16_777_216;

/** The lines of a stream of bytes; the last one may lack its end. */
export async function* inputLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.map(withoutReturn);
    if (rest.length > LONGEST)
      throw new Error(`standard input has a line of more than ${LONGEST} characters`);
  }
  rest += decoder.decode();
  if (rest !== "") yield withoutReturn(rest);
}

const withoutReturn = (line: string) => line.replace(/\r$/, "");
