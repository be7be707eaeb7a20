import type { World } from "./world.ts";

const DEPTH = 2;

/** What is published, and who subscribes first, leads to more at once. */
export function nest(world: World): void {
  const depths = new Map<number | undefined, number>();
  world.hub.listen("a:*", () => {
    const depth = (depths.get(world.ledger.next?.number) ?? 0) + 1;
    if (depth > DEPTH || world.random.below(3) > 0) return;
    depths.set(world.publish(world.random.of(["a:1", "b:1", "c:1"])), depth);
  });
  world.hub.on("topicActive", (selector) => {
    if (world.random.below(2) > 0) return;
    depths.set(world.publish(selector.replace("*", selector === "*" ? "a:2" : "1")), DEPTH);
  });
}

/** One that goes may take another one with it. */
export function onDisconnect(world: World): void {
  if (!world.profile.isNested || world.random.below(4) > 0) return;
  world.kick(world.lines.get(world.random.of(world.clients)));
}
