import { describe, expect, test } from "bun:test";
import { isAllowedOrigin } from "../../../src/auth/origin.ts";

describe("without a list", () => {
  const sameHost: [origin: string, host: string][] = [
    ["http://app.example.com", "app.example.com"],
    ["https://app.example.com", "app.example.com"],
    ["https://APP.example.com", "app.EXAMPLE.com"],
    ["http://app.example.com:8787", "app.example.com:8787"],
    // A port may be written in one and left out in the other.
    ["http://app.example.com", "app.example.com:80"],
    ["https://app.example.com", "app.example.com:443"],
    ["http://app.example.com:80", "app.example.com"],
    ["http://[::1]:8787", "[::1]:8787"],
    ["http://[::1]", "[0:0:0:0:0:0:0:1]:80"],
    ["http://127.0.0.1:8787", "127.0.0.1:8787"],
    ["http://bücher.example", "xn--bcher-kva.example"],
  ];
  test.each(sameHost)("%s is of the host %s", (origin, host) => {
    expect(isAllowedOrigin(origin, host, undefined)).toBe(true);
  });

  const foreign: [origin: string, host: string | undefined][] = [
    ["http://evil.example", "app.example.com"],
    ["http://app.example.com.evil.example", "app.example.com"],
    ["http://evil.example/app.example.com", "app.example.com"],
    ["http://app.example.com", "app.example.com:8787"],
    ["http://app.example.com:8787", "app.example.com"],
    ["http://app.example.com", "app.example.com:443"],
    ["https://app.example.com", "app.example.com:80"],
    ["http://[::1]:8787", "[::2]:8787"],
    ["http://localhost:8787", "127.0.0.1:8787"],
    ["null", "app.example.com"],
    ["", "app.example.com"],
    ["app.example.com", "app.example.com"],
    ["//app.example.com", "app.example.com"],
    ["file:///", "app.example.com"],
    ["http://app.example.com", undefined],
    ["http://app.example.com", ""],
    ["http://app.example.com", "app.example.com:port"],
  ];
  test.each(foreign)("%j is not of the host %j", (origin, host) => {
    expect(isAllowedOrigin(origin, host, undefined)).toBe(false);
  });
});

describe("with a list", () => {
  const allowed = ["https://app.example.com", "http://localhost:3000", "http://[::1]:3000"];

  test.each([
    "https://app.example.com",
    "https://APP.example.com:443",
    "http://localhost:3000",
    "http://[::1]:3000",
  ])("%s is in it", (origin) => {
    expect(isAllowedOrigin(origin, "elsewhere.example", allowed)).toBe(true);
  });

  test.each([
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://sub.app.example.com",
    "https://localhost:3000",
    "http://localhost",
    "null",
    "",
    // What the host itself serves is not added to a list.
    "http://elsewhere.example",
  ])("%j is not", (origin) => {
    expect(isAllowedOrigin(origin, "elsewhere.example", allowed)).toBe(false);
  });

  test("an empty one lets no browser in", () => {
    expect(isAllowedOrigin("http://elsewhere.example", "elsewhere.example", [])).toBe(false);
  });

  test("what is no origin lets nobody in", () => {
    for (const entry of ["null", "", "app.example.com", "*"])
      expect(isAllowedOrigin("null", "elsewhere.example", [entry])).toBe(false);
  });
});

test("* lets every origin in", () => {
  for (const origin of ["http://evil.example", "null", "", "file:///"])
    expect(isAllowedOrigin(origin, "app.example.com", "*")).toBe(true);
});

test("a request without an origin is no browser's", () => {
  for (const allowed of [undefined, "*" as const, [], ["https://app.example.com"]])
    expect(isAllowedOrigin(undefined, "app.example.com", allowed)).toBe(true);
});

test("what is more than an origin, or less, is none, whatever a URL's parser makes of it", () => {
  const allowed = ["https://app.example.com"];
  for (const origin of [
    "https://app.example.com/",
    "https://app.example.com/x",
    "https://app.example.com?x",
    "https://app.example.com#x",
    "https://evil@app.example.com",
    "https://app.example.com\\x",
    "https:app.example.com",
    "https:/app.example.com",
    "https:///app.example.com",
    "https://app.exam\tple.com",
    " https://app.example.com",
  ]) {
    expect(isAllowedOrigin(origin, undefined, allowed)).toBe(false);
    expect(isAllowedOrigin(origin, "app.example.com", undefined)).toBe(false);
  }
});
