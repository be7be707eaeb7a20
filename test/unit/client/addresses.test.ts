import { expect, test } from "bun:test";
import { addressOf } from "../../../src/client/addresses.ts";

test.each([
  ["http://h", "http://h"],
  ["wss://h/", "https://h"],
  ["ws://h:1/live/ws", "http://h:1/live"],
  ["https://h/live/", "https://h/live"],
  // As an address that was copied from a page: the fragment is no part of what is asked for.
  ["https://h/live#part", "https://h/live"],
  ["https://h/live/#part", "https://h/live"],
  ["https://h/live/ws#part", "https://h/live"],
])("%s is the address %s", (url, address) => {
  expect(addressOf(url)).toBe(address);
  expect(addressOf(new URL(url))).toBe(address);
});

test.each(["ftp://h", "h", "http://h/?token=x"])("%s is none", (url) => {
  expect(() => addressOf(url)).toThrow(TypeError);
});
