/** An event as it came, or a comment. */
export interface StreamEvent {
  event?: string;
  id?: string;
  retry?: string;
  data?: string;
  comment?: string;
}

/** Takes the body of a response in chunks out of what comes over the socket. RFC 9112, section 7.1. */
export function chunkReader(body: (bytes: Buffer) => void, over: () => void): (bytes: Buffer) => void {
  let unread = Buffer.alloc(0);
  return (bytes) => {
    unread = Buffer.concat([unread, bytes]);
    for (;;) {
      const lineEnd = unread.indexOf("\r\n");
      if (lineEnd < 0) return;
      const size = Number.parseInt(unread.toString("latin1", 0, lineEnd), 16);
      const end = lineEnd + 2 + size;
      if (unread.length < end + 2) return;
      if (size === 0) return over();
      body(unread.subarray(lineEnd + 2, end));
      unread = unread.subarray(end + 2);
    }
  };
}

/** Takes events out of a stream, as a browser does. HTML standard, section 9.2.6. */
export function eventReader(take: (event: StreamEvent) => void): (bytes: Buffer) => void {
  const decoder = new TextDecoder();
  let unread = "";
  let event: StreamEvent = {};
  const line = (text: string) => {
    if (text.startsWith(":")) return take({ comment: text.slice(1) });
    if (text === "") {
      if (Object.keys(event).length > 0) take(event);
      event = {};
      return;
    }
    const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(text) ?? [];
    if (name === "data") event.data = event.data === undefined ? value : `${event.data}\n${value}`;
    else if (name === "event" || name === "id" || name === "retry") event[name] = value;
    else throw new Error(`no field of an event: ${JSON.stringify(text.slice(0, 200))}`);
  };
  return (bytes) => {
    unread += decoder.decode(bytes, { stream: true });
    for (let end = unread.search(/[\r\n]/); end >= 0; end = unread.search(/[\r\n]/)) {
      const text = unread.slice(0, end);
      unread = unread.slice(end + (unread.startsWith("\r\n", end) ? 2 : 1));
      line(text);
    }
  };
}
