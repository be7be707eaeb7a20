import { expect, test } from "bun:test";
import { encodePublication } from "../../../src/protocol/server-message.ts";

const time = 1_795_376_400_000;

test("a publication is one object with its fields in the protocol's order", () => {
  const text = encodePublication({
    topic: "event:after_backup",
    type: "event",
    json: '{"server_name":"survival"}',
    time,
    offset: 42,
  });
  expect(text).toBe(
    '{"type":"event","topic":"event:after_backup","data":{"server_name":"survival"},"offset":42,"time":1795376400000}',
  );
});

test("what a publication has not is left out", () => {
  expect(encodePublication({ type: "message", json: "null", time })).toBe(
    '{"type":"message","data":null,"time":1795376400000}',
  );
  expect(
    encodePublication({ topic: "a", type: "message", json: "1", time, offset: 0, isDirect: false }),
  ).toBe('{"type":"message","topic":"a","data":1,"offset":0,"time":1795376400000}');
});

test("what is sent to somebody says so, last", () => {
  expect(encodePublication({ topic: "a", type: "task_update", json: "[]", time, isDirect: true })).toBe(
    '{"type":"task_update","topic":"a","data":[],"time":1795376400000,"direct":true}',
  );
});

test("topic, type and data come out of JSON as they went in", () => {
  const data = ['"', "\\", "\u2028", "</script>", "\ud800", { "\u0000": -0.5 }];
  const json = JSON.stringify(data);
  const text = encodePublication({ topic: 'a"\\b', type: 'ty"pe', json, time, offset: 2 ** 53 - 1 });
  expect(JSON.parse(text)).toEqual({
    type: 'ty"pe',
    topic: 'a"\\b',
    data: JSON.parse(json),
    offset: 2 ** 53 - 1,
    time,
  });
});
