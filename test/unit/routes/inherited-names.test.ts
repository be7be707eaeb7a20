import { afterEach, expect, test } from "bun:test";
import { grantsOf } from "../../../src/auth/grants.ts";
import { tokenVerifier } from "../../../src/auth/verify-token.ts";
import { Share } from "../../../src/hub/share.ts";
import { TopicHub } from "../../../src/hub/topic-hub.ts";
import { decode } from "../../../src/protocol/decode.ts";
import { parseConfig } from "../../../src/routes/config.ts";
import { parseDirect, parseMessages } from "../../../src/routes/publish-messages.ts";
import { readId, writeId } from "../../../src/routes/stream-id.ts";
import { StreamPosition } from "../../../src/routes/stream-position.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";
import { rawToken, TEST_SECRET } from "../../support/token.ts";

/** What `in` finds in every object. */
const NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"];
const EVIL = '{"polluted":true,"toString":1,"prototype":{"polluted":true},"__proto__":{"polluted":true}}';
const LIMITS = { json_depth: 32, message_bytes: 65_536, publish_batch: 10 };

const own = (value: object) => Reflect.ownKeys(value);
const prototypes = [Object.prototype, Array.prototype, String.prototype, Function.prototype, Map.prototype];
const before = prototypes.map(own);

afterEach(() => {
  expect(prototypes.map(own)).toEqual(before);
  expect(Reflect.get({}, "polluted")).toBeUndefined();
});

test.each(NAMES)("%s is in no message, and data keeps it", async (name) => {
  const field = `${JSON.stringify(name)}:${EVIL}`;
  const bytes = (text: string) => new TextEncoder().encode(text);
  for (const action of ["subscribe", "publish", "history", "authenticate", "presence", "ping"])
    expect(decode(`{"action":"${action}","topic":"x",${field}}`, 32).error?.code).toBe("invalid_message");
  const share = new Share(new ManualClock());
  const parsed = await parseMessages(bytes(`{"topic":"x","data":1,${field}}`), LIMITS, share);
  expect(parsed).toMatchObject({ status: 400 });
  expect(parseDirect(bytes(`{"data":1,${field}}`), LIMITS)).toMatchObject({ status: 400 });
  const { message } = decode(`{"action":"publish","topic":"x","data":{${field}}}`, 32);
  expect(message?.action === "publish" && JSON.stringify(message.data)).toBe(`{${field}}`);
  expect(JSON.stringify(parseDirect(bytes(`{"data":{${field}}}`), LIMITS))).toBe(`{"data":{${field}}}`);
});

test.each(NAMES)("%s is in no configuration, and stands for no claim", async (name) => {
  const field = `${JSON.stringify(name)}:${EVIL}`;
  expect(() => parseConfig(JSON.parse(`{${field},"limits":{${field}}}`))).toThrow(
    `Unknown field 'limits.${name}'\nUnknown field '${name}'`,
  );
  const all = '{"subscribe":["*"],"publish":["*"],"admin":true}';
  expect(grantsOf(JSON.parse(`{"${name}":${all}}`))).toEqual({ subscribe: [], publish: [] });
  const given = rawToken({ alg: "HS256" }, `{"sub":"${name}","exp":9999999999,"${name}":${all}}`);
  const { user, isAdmin, grants } = await tokenVerifier({ secret: TEST_SECRET })(given);
  expect([user, isAdmin, grants]).toEqual([name, false, undefined]);
});

test.each(NAMES)("%s is a topic with a history, and has a place in an id", async (name) => {
  const hub = new TopicHub({ topics: [{ match: "*", history: { size: 2, ttl_s: 60 } }] });
  const { epoch = "", offset = 0 } = await hub.publish(name, 1);
  expect((await hub.history(name))?.publications).toHaveLength(1);
  const offsets: Record<string, number> = Object.fromEntries([[name, offset]]);
  const { id } = writeId(epoch, [
    new StreamPosition(name, { epoch, offset }),
    new StreamPosition("*", { epoch, floor: 0, offsets }),
  ]);
  expect([...readId(id)]).toEqual([
    [name, { epoch, offset }],
    ["*", { epoch, floor: 0, offsets }],
  ]);
  await hub.close();
});
