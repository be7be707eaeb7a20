import type { DirectMessage, Message } from "../client/options.ts";
import { printable } from "../protocol/printable.ts";

/** Makes a line of a message. */
export type MessageLine = (message: Message | DirectMessage) => string;

/** For programs: the message as it came. */
export const jsonLine: MessageLine = (message) => `${JSON.stringify(message)}\n`;

const [DIM, BOLD, CYAN, MAGENTA, PLAIN] = ["\x1b[2m", "\x1b[1m", "\x1b[36m", "\x1b[35m", "\x1b[0m"];

/** For people: time of day, topic, type, data. */
export function peopleLine(hasColours: boolean): MessageLine {
  const paint = (colour: string, text: string) => (hasColours ? `${colour}${text}${PLAIN}` : text);
  return (message) => {
    const { time, topic, type, data } = message;
    const parts = [
      paint(DIM, timeOfDay(time)),
      // Nobody else may write what a direct message is told by.
      ...("direct" in message ? [paint(MAGENTA, "(direct)")] : []),
      ...(topic === undefined ? [] : [paint(BOLD, printable(topic))]),
      paint(CYAN, printable(type)),
      printable(JSON.stringify(data)),
    ];
    return `${parts.join(" ")}\n`;
  };
}

/** `HH:MM:SS.mmm`, where the program runs. */
function timeOfDay(time: number): string {
  const at = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  const ms = String(at.getMilliseconds()).padStart(3, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}
