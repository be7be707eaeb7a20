/** One text that waits, and its bytes of UTF-8. */
interface Waiting {
  text: string;
  bytes: number;
}

/** Texts in their order, for a socket that has enough to send for now. Those of one publication are shared. */
export class Backlog {
  #waiting: Waiting[] = [];
  #next = 0;
  #bytes = 0;

  push(text: string): void {
    const bytes = bytesOf(text);
    this.#waiting.push({ text, bytes });
    this.#bytes += bytes;
  }

  shift(): string | undefined {
    const first = this.#waiting[this.#next];
    if (!first) return undefined;
    this.#next++;
    this.#bytes -= first.bytes;
    // Those that went are let go of; taking one from the front at a time would move all the others.
    if (this.#next * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    } else this.#waiting[this.#next - 1] = TAKEN;
    return first.text;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#next === this.#waiting.length;
  }
}

const TAKEN: Waiting = { text: "", bytes: 0 };

let last = { text: "", bytes: 0 };

// One publication waits for many slow readers in a row: its bytes are counted once.
function bytesOf(text: string): number {
  if (text !== last.text) last = { text, bytes: new TextEncoder().encode(text).length };
  return last.bytes;
}
