import { within } from "../support/deadline.ts";
import { isReply, messagesOf } from "../support/message.ts";
import type { RawSocket } from "../support/raw-socket.ts";
import { Fault } from "./fault.ts";
import { readFrames } from "./frame-oracle.ts";
import { crowd } from "./people.ts";
import { openFor, PATIENCE, type Stage } from "./stage.ts";

const INVALID_MESSAGES = 20;

/** Sends each sequence of frames over a connection of its own, as many at once as there is a crowd. */
export async function playFrames(stage: Stage, inputs: readonly Buffer[]): Promise<void> {
  const lines = crowd.map(async (person, line) => {
    for (let at = line; at < inputs.length; at += crowd.length) {
      const input = inputs[at];
      if (!input) continue;
      const socket = await openFor(stage, person, false);
      try {
        stage.counts.add(`frames ${await play(stage, socket, input)}`);
      } catch (error) {
        throw new Fault((error as Error).message, at);
      } finally {
        socket.destroy();
      }
    }
  });
  await Promise.all(lines);
}

/** Gives how it ended. */
async function play({ target }: Stage, socket: RawSocket, input: Buffer): Promise<string> {
  const reading = readFrames(input);
  let replies = 0;
  let ending: string | undefined;
  let change = Promise.withResolvers<void>();
  const changed = () => {
    change.resolve();
    change = Promise.withResolvers();
  };
  socket.onText((text) => {
    replies += messagesOf(text, false).filter(isReply).length;
    changed();
  });
  socket.closed.then(({ code }) => {
    ending = `closed ${code}`;
    changed();
  });
  const until = async (isDone: () => boolean, what: string) => {
    const done = async () => {
      while (!isDone()) await change.promise;
    };
    await within(
      done(),
      PATIENCE,
      () => `${what}; ${replies} of ${reading.messages} replies, ${ending ?? "open"}`,
    );
  };
  socket.sendBytes(input);
  await expectOutcome();
  if (replies > reading.messages && target.capabilities.refusesUnmaskedFrames)
    throw new Error(`${replies} replies to ${reading.messages} messages`);
  return ending ?? reading.outcome;

  async function expectOutcome(): Promise<void> {
    const isAnswered = () => replies >= reading.messages;
    const mayEnd = reading.messages >= INVALID_MESSAGES || reading.outcome !== "open";
    if (reading.outcome === "ends" && !target.capabilities.refusesUnmaskedFrames) socket.end();
    if (reading.outcome === "ends") return until(() => ending !== undefined, "the end");
    await until(() => isAnswered() || ending !== undefined, "the replies");
    if (ending !== undefined && !mayEnd) throw new Error(`${ending}, though nothing was wrong`);
    if (reading.outcome !== "open" || ending !== undefined) return;
    socket.ping("still there");
    const isPong = async () => {
      for (;;) {
        const control = await socket.nextControl(PATIENCE);
        if (control.kind === "pong" && control.payload.toString() === "still there") return;
      }
    };
    await isPong();
  }
}
