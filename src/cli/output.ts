/** The least of a stream that an output takes. */
export interface OutputStream {
  write(text: string, done: (error?: Error | null) => void): unknown;
  on(event: "error", fn: (error: Error) => void): unknown;
}

/** Standard output, as lines for whoever may go away before the end, or read more slowly than they come. */
export interface Output {
  write(line: string): void;
  /** Settles once everything is written, or nobody takes it any more. */
  flushed(): Promise<void>;
}

// What a reader may leave waiting, in characters.
const MOST_WAITING = 16_777_216;

/** @param over Called where nobody takes any more: without an error where the reader has gone, as `head` does. */
export function createOutput(stream: OutputStream, over: (error?: Error) => void): Output {
  let waiting = 0;
  let isOver = false;
  let flushed = () => {};
  const end = (error?: Error) => {
    isOver = true;
    flushed();
    over(error);
  };
  const failed = (error: Error) => {
    if (!isOver) end("code" in error && error.code === "EPIPE" ? undefined : error);
  };
  stream.on("error", failed);
  return {
    write(line) {
      if (isOver) return;
      waiting += line.length;
      if (waiting > MOST_WAITING) return end(new Error("standard output is read too slowly"));
      stream.write(line, (error) => {
        waiting -= line.length;
        if (error) failed(error);
        else if (waiting === 0) flushed();
      });
    },
    flushed: () =>
      new Promise((resolve) => {
        flushed = resolve;
        if (isOver || waiting === 0) resolve();
      }),
  };
}
