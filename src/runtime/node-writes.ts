import type { Socket } from "node:net";

// That a reader takes of a write is seen with each part of it. Some of them may be taken at once, each inside the call
// that writes the one before, so there are not too many.
const PART_BYTES = 65_536;
const PARTS = 64;

type Writev = NonNullable<Socket["_writev"]>;
type Chunks = Parameters<Writev>[0];

/**
 * Has a socket make its large writes in parts. By itself it calls all of a write unsent until the last byte is taken,
 * however slowly that goes, and what waits meanwhile becomes one write again.
 * @returns Says how much of the write under way is taken, in bytes.
 */
export function writeInParts(socket: Socket): () => number {
  const { _writev: writev } = socket;
  let taken = 0;
  if (!writev)
    throw new TypeError("Expected a socket that writes many chunks at once, as those of node:net do");
  socket._writev = (chunks, done) => {
    const total = bytesOf(chunks);
    if (total <= PART_BYTES) return writev.call(socket, chunks, done);
    const parts = partsOf(chunks, Math.max(PART_BYTES, Math.ceil(total / PARTS)));
    let under = 0;
    const next: typeof done = (error) => {
      taken += under;
      const part = error ? undefined : parts.shift();
      under = part ? bytesOf(part) : 0;
      if (part) return writev.call(socket, part, next);
      taken = 0;
      done(error);
    };
    next();
  };
  return () => taken;
}

/** Cuts what is to be written; nothing is copied, since many sockets may hold the same bytes. */
function partsOf(chunks: Chunks, partBytes: number): Chunks[] {
  const parts: Chunks[] = [];
  let room = 0;
  for (const { chunk, encoding } of chunks)
    for (let from = 0; from < chunk.length; ) {
      if (room === 0) {
        parts.push([]);
        room = partBytes;
      }
      const piece = chunk.subarray(from, from + room);
      parts.at(-1)?.push({ chunk: piece, encoding });
      from += piece.length;
      room -= piece.length;
    }
  return parts;
}

function bytesOf(chunks: Chunks): number {
  return chunks.reduce((sum, { chunk }) => sum + chunk.length, 0);
}
