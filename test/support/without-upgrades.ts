import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** Something between that lets requests pass, and refuses every upgrade. */
export async function withoutUpgrades({ host, port }: { host: string; port: number }) {
  const proxy = createServer((from, to) => {
    const { method, url, headers } = from;
    const onwards = request({ host, port, method, path: url, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
    });
    onwards.on("error", () => to.destroy());
    to.on("close", () => onwards.destroy());
    from.pipe(onwards);
  });
  proxy.on("upgrade", (_, socket) => void socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n"));
  await new Promise<void>((resolve) => void proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}
