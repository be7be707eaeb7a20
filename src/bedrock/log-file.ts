import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { type Found, foundIn, ifThere, isOther, look, lookNow } from "./found-file.ts";
import { PIECE_BYTES, WholeLines } from "./whole-lines.ts";

/** The file that is being read, which may have lost its name meanwhile. */
interface OpenFile {
  handle: FileHandle;
  position: number;
}

const READ_BYTES = 65_536;
// For each piece: 4 MiB a second. What comes faster than its sockets take it counts against a reader, who is closed
// as too slow; and JSON makes six bytes of a NUL, of which a log is full that was cut off under a writer's feet.
const PACE_MS = 8;
// A named pipe that takes a file's place must not be waited for. Windows has none among its files, and not this flag.
const READ_NOW = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
const LINE_FEED = 10;

/**
 * Reads what is written to a log from the moment on in which this is made, across its rotations: by another file
 * under its name, and by being cut off. A file that was cut off and has grown beyond its old size before anybody
 * looked is taken for the old one, and so is any other where the file system does not number files.
 */
export class LogFile {
  readonly #path: string;
  readonly #buffer = new Uint8Array(READ_BYTES);
  /** What was there when this was made. */
  #beginning: ReturnType<typeof lookNow>;
  #file: OpenFile | undefined;
  #lines = new WholeLines();
  /** Pieces that were read and that nobody has taken yet. */
  #pieces: string[] = [];
  #isReading = false;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
    // Within this call: whoever has just been told of a subscription may write at once, and that is new.
    this.#beginning = lookNow(path);
  }

  /**
   * Reads all that is new, in pieces of whole lines; what comes after a piece is read once that piece was taken.
   * One at a time. A piece at which the reader breaks off comes again the next time.
   * @throws Error where there is something under the name that cannot be read.
   */
  async *news(): AsyncGenerator<string, void> {
    this.#isReading = true;
    try {
      yield* this.#read();
    } finally {
      this.#isReading = false;
      if (this.#isClosed) await this.#letGo();
    }
  }

  /** Reads no more. Settles once the file is closed, which `news` does where it is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (!this.#isReading) await this.#letGo();
  }

  async *#read(): AsyncGenerator<string, void> {
    // In this order, so that a file which only grew is never found smaller under its name.
    const own = this.#file && (await this.#orLetGo(this.#file.handle.stat({ bigint: true })));
    const named = await look(this.#path);
    if (!this.#file && !(await this.#open(named))) return;
    yield* this.#rest(own && Number(own.size));
    // While the new file is empty its writer may still have the old one.
    if (!own || !named || named.size === 0 || !isOther(named, foundIn(own, this.#path))) return;
    yield* this.#finish();
    await this.#letGo();
    if (await this.#open(named)) yield* this.#rest();
  }

  /** What the open file has beyond what was read of it, or all of it where it has become shorter than that. */
  async *#rest(size?: number): AsyncGenerator<string, void> {
    yield* this.#waiting();
    const file = this.#file;
    if (!file) return;
    if (size !== undefined && size < file.position) {
      yield* this.#finish();
      file.position = 0;
    }
    while (!this.#isClosed) {
      const reading = file.handle.read(this.#buffer, 0, READ_BYTES, file.position);
      const { bytesRead } = await this.#orLetGo(reading);
      file.position += bytesRead;
      const pieces = this.#lines.add(this.#buffer.subarray(0, bytesRead));
      this.#pieces.push(...pieces);
      yield* this.#waiting();
      if (bytesRead < READ_BYTES) return;
      await pause(PACE_MS * pieces.length);
    }
  }

  *#waiting(): Generator<string, void> {
    for (let [piece] = this.#pieces; piece !== undefined; [piece] = this.#pieces) {
      yield piece;
      this.#pieces.shift();
    }
  }

  /** Of a file that has come to its end: what is left of its last line. */
  *#finish(): Generator<string, void> {
    this.#pieces.push(...this.#lines.finish());
    yield* this.#waiting();
  }

  /** Opens what was found under the name; false where there is nothing, or nothing any more. */
  async #open(named: Found | undefined): Promise<boolean> {
    const handle = named && (await ifThere(open(this.#path, READ_NOW)));
    try {
      if (handle) this.#file = { handle, position: await this.#startIn(handle) };
    } catch (error) {
      await handle?.close();
      throw error;
    }
    // Whatever is found under the name from now on is new as a whole.
    this.#beginning = "nothing";
    return handle !== undefined;
  }

  async #startIn(handle: FileHandle): Promise<number> {
    const opened = foundIn(await handle.stat({ bigint: true }), this.#path);
    const beginning = this.#beginning;
    if (beginning === "nothing") return 0;
    if (beginning === "unknown") return startOfLine(handle, opened.size);
    const isNew = isOther(opened, beginning) || opened.size < beginning.size;
    return isNew ? 0 : startOfLine(handle, beginning.size);
  }

  /** What is asked of the open file; one that answers no more, as after its disk was gone, is opened anew later. */
  async #orLetGo<T>(asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      this.#lines = new WholeLines();
      this.#beginning = "unknown";
      await this.#letGo().catch(() => {});
      throw error;
    }
  }

  async #letGo(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
  }
}

/** Where the line began that stood unfinished at this position; the position itself where it is too long. */
async function startOfLine(handle: FileHandle, position: number): Promise<number> {
  const from = Math.max(0, position - PIECE_BYTES);
  if (from === position) return position;
  const { buffer, bytesRead } = await handle.read(new Uint8Array(position - from), 0, position - from, from);
  const lineFeed = buffer.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
  if (lineFeed < 0) return from === 0 ? 0 : position;
  return from + lineFeed + 1;
}
