import { expect, test } from "bun:test";
import { CloseCode } from "../../../src/protocol/codes.ts";

/** What a client does after a close, read from the code alone. Contract, section 5. */
function whatNext(code: number): string {
  if (code === 1008 || code === 1009) return "stop";
  if (code >= 4500 && code <= 4599) return "stop";
  if (code >= 4100 && code <= 4199) return "new token";
  return "reconnect";
}

test("every close code lies in the range that says what the client is to do", () => {
  const said = Object.fromEntries(
    Object.entries(CloseCode).map(([name, code]) => [name, [code, whatNext(code)]]),
  );
  expect(said).toEqual({
    ServiceRestart: [1012, "reconnect"],
    PolicyViolation: [1008, "stop"],
    MessageTooBig: [1009, "stop"],
    TryAgainLater: [1013, "reconnect"],
    SlowConsumer: [4001, "reconnect"],
    NoHeartbeat: [4002, "reconnect"],
    PositionLost: [4003, "reconnect"],
    TokenExpired: [4100, "new token"],
    TooManyInvalidMessages: [4500, "stop"],
    DisconnectedByOperator: [4501, "stop"],
    UserConnectionLimit: [4503, "stop"],
  });
});
