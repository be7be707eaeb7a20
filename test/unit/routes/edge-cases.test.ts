import { expect, test } from "bun:test";
import { Share } from "../../../src/hub/share.ts";
import { ConfigError, parseConfig } from "../../../src/routes/config.ts";
import { grantFault, parseMessages } from "../../../src/routes/publish-messages.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

function faults(value: unknown): readonly string[] {
  try {
    parseConfig(value);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
  }
  return [];
}

test("each unknown field is named once", () => {
  const found = faults({ a: 1, b: 2, limits: { c: 1, d: 2 }, auth: { e: 1 } });
  expect([...found].sort()).toEqual([...new Set(found)].sort());
});

test("only true lets a batch pass", async () => {
  const principal = { user: "alex", isAdmin: false, claims: {} };
  for (const json of ["null", "0", '""']) {
    const fault = await grantFault(() => JSON.parse(json), principal, {
      messages: [{ topic: "a", data: 1 }],
      isBatch: false,
    });
    expect(fault?.code).toBe("forbidden");
  }
});

test("a batch that nests too deep names the index and the limit of a message", async () => {
  const body = `{"messages":[{"topic":"a","data":1},{"topic":"a","data":[[[[]]]]}]}`;
  const limits = { json_depth: 4, message_bytes: 1000, publish_batch: 3 };
  const share = new Share(new ManualClock());
  expect(await parseMessages(new TextEncoder().encode(body), limits, share)).toMatchObject({
    message: "messages[1]: JSON is nested deeper than 4 levels",
  });
});
