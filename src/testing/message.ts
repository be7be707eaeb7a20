/** A JSON object that came from the server. PROTOCOL.md says what its fields are; nothing of that was checked. */
export interface TestMessage {
  [field: string]: unknown;
}

/** The messages of one frame: the server may join some in an array. */
export function messagesIn(frame: string): TestMessage[] {
  const value: TestMessage | TestMessage[] = JSON.parse(frame);
  return Array.isArray(value) ? value : [value];
}

/** True for the answer to a request: publications and control messages have a type. */
export function isReply({ status, type }: TestMessage): boolean {
  return status !== undefined && type === undefined;
}
