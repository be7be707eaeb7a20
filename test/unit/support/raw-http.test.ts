import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { connectRaw, rawBytes, rawRequest } from "../../support/raw-http.ts";

/** Answers with what the request's target says, and at a FIN with what it got. */
let server: Server;
let url: string;
const answers: Record<string, (socket: Socket) => void> = {
  "/length": (socket) =>
    socket.write("HTTP/1.1 200 OK\r\nA: 1\r\na:2\r\nContent-Length: 2\r\n\r\nhi and more"),
  "/chunked": (socket) => {
    socket.write(
      "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nh",
    );
    setImmediate(() => socket.write("é\r\n1;x=y\r\n!\r\n0\r\nTrailer: 1\r\n\r\n"));
  },
  "/close": (socket) => socket.end("HTTP/1.1 401 Unauthorized\r\n\r\nuntil the end"),
  "/cut": (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"),
  "/mute": () => {},
};
beforeAll(async () => {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    let got = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      got += chunk;
      answers[got.split(" ")[1] ?? ""]?.(socket);
    });
    socket.on("end", () => {
      const body = got.includes("/half") ? got : "";
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
});
afterAll(() => void server.close());

test("a body of a length, with a header given twice", async () => {
  const { status, headers, body } = await rawRequest(url, { target: "/length" });
  expect({ status, body, both: headers.get("A"), all: headers.all("a") }).toEqual({
    status: 200,
    body: "hi",
    both: "1, 2",
    all: ["1", "2"],
  });
  expect(headers.get("b")).toBeUndefined();
});

test("a body in chunks, after an interim response", async () => {
  expect(await rawRequest(url, { target: "/chunked" })).toMatchObject({ status: 200, body: "hé!" });
});

test("a body until the end", async () => {
  expect(await rawRequest(url, { target: "/close" })).toMatchObject({ status: 401, body: "until the end" });
});

test("exact bytes, and a FIN after them", async () => {
  const request = {
    method: "POST",
    target: "/half/../x",
    headers: [["x-A", "1"]],
    body: "é",
    half: true,
  } as const;
  const host = url.slice("http://".length);
  expect((await rawRequest(url, request)).body).toBe(
    `POST /half/../x HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 2\r\nx-A: 1\r\n\r\né`,
  );
  const bare = await rawRequest(url, { target: "/half", bare: true, half: true });
  expect(bare.body).toBe("GET /half HTTP/1.1\r\n\r\n");
});

test("nothing hangs", async () => {
  await expect(rawRequest(url, { target: "/cut" })).rejects.toThrow("the connection ended (end) after");
  await expect(rawRequest(url, { target: "/mute", ms: 50 })).rejects.toThrow("a response to GET /mute");
  expect(await rawBytes(url, "GET /mute x", 50)).toEqual({ text: "", closed: false });
  expect(await rawBytes(url, "GET /close x")).toEqual({
    text: "HTTP/1.1 401 Unauthorized\r\n\r\nuntil the end",
    closed: true,
  });
  await expect(connectRaw("http://127.0.0.1:1")).rejects.toThrow();
});
