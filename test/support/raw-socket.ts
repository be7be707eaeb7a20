import { createMailbox } from "../../src/testing/mailbox.ts";
import { within } from "./deadline.ts";
import type { Bytes, Ending, RawConnection } from "./raw-connection.ts";
import { closePayload, encodeFrame, type FrameOptions, Opcode } from "./ws-frames.ts";
import { createMessageReader, type Incoming } from "./ws-messages.ts";

/** As a browser tells it: 1005 for a close frame without a code, 1006 for an end without one. */
export interface Closed {
  code: number;
  reason: string;
}
export type Control = Exclude<Incoming, { kind: "text" }>;

export interface RawSocketOptions {
  /** Whether a ping is answered with a pong; true unless told. */
  answersPings?: boolean;
  /** Whether the server's close frame is answered; true unless told. */
  answersClose?: boolean;
}

/** The client's side of an open WebSocket, down to the frame. */
export interface RawSocket extends AsyncDisposable {
  send(text: string): void;
  sendFrame(payload?: Bytes, options?: FrameOptions): void;
  sendBytes(bytes: Bytes): void;
  ping(payload?: Bytes): void;
  /** The text of the next message, its fragments joined. */
  next(ms?: number): Promise<string>;
  /** The next ping, pong or close, in the order in which they came. */
  nextControl(ms?: number): Promise<Control>;
  /** Messages that came and that nobody took. */
  readonly unread: readonly string[];
  /** Calls `fn` with each message from now on, in place of queueing it; first with what is unread. */
  onText(fn: (text: string) => void): void;
  /** Stops reading: past what the kernels hold, the server's writes wait. Pings and closes wait as well. */
  pause(): void;
  resume(): void;
  /** Reads so many bytes more, or a chunk past them, and stops again. From inside: who looks now and then reads all. */
  readSome(bytes: number, ms?: number): Promise<void>;
  /** Sends a close frame and waits for the server's. */
  close(code?: number, reason?: string, ms?: number): Promise<Closed>;
  /** At the server's close frame, or at the end of the connection where none came. Never rejects. */
  readonly closed: Promise<Closed>;
  /** At the end of the connection itself. Never rejects. */
  readonly ended: Promise<Ending>;
  /** Sends a FIN without a close frame. */
  end(): void;
  /** Sends an RST. */
  destroy(): void;
}

const PATIENCE = 2000;

export function openRawSocket(connection: RawConnection, options: RawSocketOptions = {}): RawSocket {
  const { answersPings = true, answersClose = true } = options;
  const texts = createMailbox<string>();
  const controls = createMailbox<Control>();
  const closed = Promise.withResolvers<Closed>();
  const read = createMessageReader();
  let takesText = texts.push;
  let hasSentClose = false;

  const sendFrame: RawSocket["sendFrame"] = (payload, frame = {}) => {
    if (frame.opcode === Opcode.Close) hasSentClose = true;
    connection.write(encodeFrame(payload, frame));
  };
  const finish = (outcome: Closed) => {
    closed.resolve(outcome);
    const why = `closed with ${outcome.code} ${JSON.stringify(outcome.reason)}`;
    texts.end(why);
    controls.end(why);
  };
  const receive = (incoming: Incoming) => {
    if (incoming.kind === "text") return takesText(incoming.text);
    controls.push(incoming);
    if (incoming.kind === "ping" && answersPings) sendFrame(incoming.payload, { opcode: Opcode.Pong });
    if (incoming.kind !== "close") return;
    const code = incoming.code === 1005 ? undefined : incoming.code;
    if (answersClose && !hasSentClose) sendFrame(closePayload(code), { opcode: Opcode.Close });
    finish({ code: incoming.code, reason: incoming.reason });
  };
  connection.ended.then(() => finish({ code: 1006, reason: "" }));
  connection.readWith((chunk) => {
    try {
      for (const incoming of read(chunk)) receive(incoming);
    } catch (error) {
      finish({ code: 1006, reason: `the server sent ${(error as Error).message}` });
      connection.reset();
    }
  });

  return {
    send: (text) => sendFrame(text),
    sendFrame,
    sendBytes: connection.write,
    ping: (payload) => sendFrame(payload, { opcode: Opcode.Ping }),
    next: (ms = PATIENCE) => texts.take(ms, "a message"),
    nextControl: (ms = PATIENCE) => controls.take(ms, "a control frame"),
    unread: texts.unread,
    onText(fn) {
      for (const text of texts.drain()) fn(text);
      takesText = fn;
    },
    pause: () => void connection.socket.pause(),
    resume: () => void connection.socket.resume(),
    readSome(bytes, ms = PATIENCE) {
      const { promise, resolve } = Promise.withResolvers<void>();
      let left = bytes;
      const count = (chunk: Buffer) => {
        left -= chunk.length;
        if (left > 0) return;
        connection.socket.off("data", count).pause();
        resolve();
      };
      connection.socket.on("data", count).resume();
      return within(promise, ms, `${bytes} bytes more`);
    },
    close(code, reason, ms = PATIENCE) {
      if (!hasSentClose) sendFrame(closePayload(code, reason), { opcode: Opcode.Close });
      return within(closed.promise, ms, "the server's close frame");
    },
    closed: closed.promise,
    ended: connection.ended,
    end: connection.end,
    destroy: connection.reset,
    async [Symbol.asyncDispose]() {
      connection.reset();
      await closed.promise;
    },
  };
}
