import { expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

setDefaultTimeout(30_000);

const run = (code: string) => {
  const script = `import { TopicHub } from "${join(import.meta.dir, "../../../src/hub/topic-hub.ts")}";
const seen = []; process.on("unhandledRejection", (e) => seen.push(String(e)));
${code}
process.on("exit", () => console.log(JSON.stringify(seen)));`;
  return JSON.parse(spawnSync(process.execPath, ["-e", script], { encoding: "utf8" }).stdout);
};
test("an async onError that rejects is no unhandled rejection", () => {
  expect(
    run(
      `const hub = new TopicHub({ onError: async () => { throw new Error("log") } }); hub.publish("a b", 1);`,
    ),
  ).toEqual([]);
});
test("an async follower of topic events that rejects is no unhandled rejection", () => {
  expect(
    run(
      `const hub = new TopicHub({ onError() {} }); hub.on("topicActive", async () => { throw new Error("x") }); hub.listen("a", () => {});`,
    ),
  ).toEqual([]);
});
test("a direct send that nobody awaits is no unhandled rejection", () => {
  expect(
    run(
      `const hub = new TopicHub({ onError() {} }); hub.sendToUser("alex", { data: undefined }); hub.sendToConnection("alex", { data: undefined });`,
    ),
  ).toEqual([]);
});
