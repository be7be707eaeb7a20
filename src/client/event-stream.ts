/** One event of a stream. HTML standard, section 9.2.6. */
export interface StreamEvent {
  event: string;
  data: string;
  id: string | undefined;
}

/**
 * Reads the events of a body, and settles at its end.
 * @param heard Called for whatever comes, comments too.
 */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
  take: (event: StreamEvent) => void,
): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    heard();
    text += decoder.decode(part.value, { stream: true });
    const blocks = text.split(/\r?\n\r?\n/);
    text = blocks.pop() ?? "";
    for (const block of blocks) take(parseBlock(block));
  }
}

function parseBlock(block: string): StreamEvent {
  const event: StreamEvent = { event: "message", data: "", id: undefined };
  for (const line of block.split(/\r?\n/)) {
    // JSON has characters that end a line elsewhere, U+2028 among them.
    const [, name, value = ""] = /^(event|data|id): ?(.*)$/s.exec(line) ?? [];
    if (name) event[name as keyof StreamEvent] = value;
  }
  return event;
}
