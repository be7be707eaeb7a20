import { describe, expect, test } from "bun:test";
import {
  bearerToken,
  findToken,
  offeredSubprotocols,
  type TokenCarrier,
  type TokenPlaces,
} from "../../../src/auth/find-token.ts";

interface Parts {
  authorization?: string;
  subprotocols?: string;
  query?: string;
  cookie?: string;
}

function request({ authorization, subprotocols, query, cookie }: Parts): TokenCarrier {
  const headers: Record<string, string | undefined> = {
    authorization,
    "sec-websocket-protocol": subprotocols,
    cookie,
  };
  return {
    header: (name) => headers[name.toLowerCase()],
    query: (name) => (name === "token" ? query : undefined),
  };
}

const PLACES: TokenPlaces = { cookie: "access_token_cookie", query: true };
const found = (parts: Parts, places: Partial<TokenPlaces> = {}) =>
  findToken(request(parts), { ...PLACES, ...places });

const everywhere = {
  authorization: "Bearer from-header",
  subprotocols: "topichub.v1, bearer.from-subprotocol",
  query: "from-query",
  cookie: "access_token_cookie=from-cookie",
};

describe("the first place that has a token decides", () => {
  test("in the order header, subprotocol, query, cookie", () => {
    const { authorization, subprotocols, query, cookie } = everywhere;
    expect(found(everywhere)).toBe("from-header");
    expect(found({ subprotocols, query, cookie })).toBe("from-subprotocol");
    expect(found({ query, cookie })).toBe("from-query");
    expect(found({ cookie })).toBe("from-cookie");
    expect(found({ authorization, cookie })).toBe("from-header");
    expect(found({})).toBeUndefined();
  });

  test("also where it is empty", () => {
    expect(found({ ...everywhere, authorization: "Bearer" })).toBe("");
    expect(found({ ...everywhere, authorization: "Bearer " })).toBe("");
    const { authorization: _, ...noHeader } = everywhere;
    expect(found({ ...noHeader, subprotocols: "topichub.v1, bearer." })).toBe("");
    expect(found({ query: "", cookie: everywhere.cookie })).toBe("");
    expect(found({ cookie: "access_token_cookie=" })).toBe("");
  });

  test("and what is no token does not", () => {
    expect(found({ ...everywhere, authorization: "Basic YTpi" })).toBe("from-subprotocol");
    expect(found({ ...everywhere, authorization: "Bearerx y" })).toBe("from-subprotocol");
    expect(found({ subprotocols: "topichub.v1, bear.x", query: "q" })).toBe("q");
    expect(found({ cookie: "other=x; access_token_cookie2=y" })).toBeUndefined();
  });

  test("where places do not count, they are not looked at", () => {
    const { query, cookie } = everywhere;
    expect(found({ query, cookie }, { query: false })).toBe("from-cookie");
    expect(found({ query, cookie }, { query: false, cookie: undefined })).toBeUndefined();
    expect(found({ cookie: "session=s", query }, { query: false, cookie: "session" })).toBe("s");
  });
});

test.each([
  ["Bearer abc", "abc"],
  ["bearer abc", "abc"],
  ["BEARER   abc", "abc"],
  [" Bearer abc ", "abc"],
  ["Bearer", ""],
  ["Bearer a b", "a b"],
  ["Basic abc", undefined],
  ["", undefined],
  ["abc", undefined],
  [undefined, undefined],
])("an Authorization of %j has the token %j", (authorization, token) => {
  expect(bearerToken(request(authorization === undefined ? {} : { authorization }))).toBe(token);
});

test.each([
  [undefined, []],
  ["", [""]],
  ["topichub.v1", ["topichub.v1"]],
  ["topichub.v1,bearer.a.b.c", ["topichub.v1", "bearer.a.b.c"]],
  [" a ,, b ,", ["a", "", "b", ""]],
])("an offer of %j is %j", (subprotocols, names) => {
  expect(offeredSubprotocols(request(subprotocols === undefined ? {} : { subprotocols }))).toEqual(names);
});

test("the first of several cookies of the name decides, and a quoted value is unquoted", () => {
  expect(found({ cookie: "a=1; access_token_cookie=first; access_token_cookie=second" })).toBe("first");
  expect(found({ cookie: 'access_token_cookie="quoted"' })).toBe("quoted");
});

test("a header counts whatever is in it, and is read once", () => {
  for (const odd of ["a\u2028b", "a\nb", "\u2029"])
    expect(bearerToken(request({ authorization: `Bearer x${odd}x` }))).toBe(`x${odd}x`);
  const before = performance.now();
  expect(bearerToken(request({ authorization: `Bearer ${" ".repeat(50_000)}\u2028x` }))).toBe("\u2028x");
  expect(performance.now() - before).toBeLessThan(500);
});
