export interface StreamEvent {
  /** `message` where the server named none. */
  name: string;
  data: string;
  /** The newest that came, with this event or an earlier one. */
  id: string | undefined;
}

/** Takes the text of an event stream as it comes, and gives each event once it is whole (WHATWG HTML, 9.2.6). */
export function createEventReader(): (text: string) => StreamEvent[] {
  let rest = "";
  let id: string | undefined;
  let fresh: string | undefined;
  let name = "";
  let lines: string[] = [];

  function take(line: string): StreamEvent | undefined {
    if (line === "") {
      id = fresh;
      const event = { name: name || "message", data: lines.join("\n"), id };
      const hasData = lines.length > 0;
      [name, lines] = ["", []];
      return hasData ? event : undefined;
    }
    const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "event") name = value;
    if (field === "data") lines.push(value);
    if (field === "id" && !value.includes("\0")) fresh = value;
    return undefined;
  }

  return (text) => {
    const whole = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = whole.pop() ?? "";
    return whole.flatMap((line) => take(line) ?? []);
  };
}

/**
 * The events of a stream until it ends, however it does. Throws where it is refused.
 * @param ms When to give it up.
 */
export async function* eventsOf(
  url: URL,
  headers: Record<string, string>,
  ms: number,
): AsyncGenerator<StreamEvent> {
  // A connection that is kept would be one that is not prepared to break.
  const request = { headers, signal: AbortSignal.timeout(ms), keepalive: false };
  const response = await fetch(url, request).catch(() => undefined);
  if (!response?.body) return;
  // Node answers the half of a request by itself.
  if (response.status === 400 && !response.headers.has("x-topichub-error")) return;
  if (response.status !== 200) throw new Error(`refused with ${response.status}: ${await response.text()}`);
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const read = createEventReader();
  for (;;) {
    const { value } = await reader.read().catch(() => ({ value: undefined }));
    if (value === undefined) return;
    yield* read(decoder.decode(value, { stream: true }));
  }
}
