import type { Since } from "../../src/protocol/client-message.ts";
import type { Random } from "../support/random.ts";
import type { Client } from "./client.ts";
import type { Line } from "./line.ts";
import { SELECTORS, TOPICS } from "./profile.ts";
import type { Request } from "./request.ts";
import type { World } from "./world.ts";

type Operation = (world: World, random: Random, client: Client, line: Line | undefined) => void;

/** What may happen, and of a hundred times how often. */
const SHARES: readonly [Operation, number][] = [
  [publish, 20],
  [publishMany, 7],
  [publishOverConnection, 7],
  [subscribe, 20],
  [unsubscribe, 6],
  [revoke, 3],
  [take, 14],
  [passTime, 8],
  [sendDirectly, 4],
  [askForMuch, 2],
  [disconnectByOperator, 2],
  [disconnect, 7],
];
const OPERATIONS = SHARES.flatMap(([operation, share]) => Array.from({ length: share }, () => operation));

/** Lets one thing happen; who is not connected connects in its place. */
export function operate(world: World, random: Random): void {
  const client = random.of(world.clients);
  const line = world.lines.get(client);
  const operation = random.of(OPERATIONS);
  world.note(`${operation.name}, ${client.user}`);
  if (line === undefined && random.below(2) === 0) connect(world, random, client);
  else operation(world, random, client, line);
}

export function connect(world: World, random: Random, client: Client): void {
  const line = world.connect(client);
  if (random.below(4) > 0) subscribe(world, random, client, line);
}

function publish(world: World, random: Random): void {
  world.publish(random.of(TOPICS));
}

function publishMany(world: World, random: Random): void {
  const topics = [random.of(TOPICS), random.of(TOPICS)];
  for (let left = random.below(world.profile.burst); left >= 0; left--) world.publish(random.of(topics));
}

function publishOverConnection(world: World, random: Random, _client: Client, line?: Line): void {
  if (!line?.isOpen) return;
  const [topic, data] = [random.of(TOPICS), world.newData()];
  world.note(`  publish ${topic} ${data.number}`);
  line.ask(request(world, "publish", [], data.number), { topic, data });
}

function subscribe(world: World, random: Random, client: Client, line?: Line): void {
  const count = random.of([1, 1, 2, 3]);
  const selections = Array.from({ length: count }, (): [string, Since | undefined] => {
    const selector = random.of(SELECTORS);
    return [selector, random.below(5) < 2 ? undefined : since(world, random, client, selector)];
  });
  const asked = request(world, "subscribe", selections);
  world.note(`  ${JSON.stringify([...asked.selections])}`);
  const entries = [...asked.selections].map(([topic, since]) => (since ? { topic, since } : { topic }));
  line?.ask(asked, entries.length === 1 && random.below(2) === 0 ? { ...entries[0] } : { topics: entries });
}

function askToUnsubscribe(world: World, line: Line | undefined, topics: readonly string[]): void {
  const selections = topics.map((topic): [string, undefined] => [topic, undefined]);
  line?.ask(request(world, "unsubscribe", selections), { topics });
}

function unsubscribe(world: World, random: Random, client: Client, line?: Line): void {
  const topics = [...new Set([random.of(SELECTORS), random.of([...client.held, "a:1"])])];
  world.note(`  ${topics}`);
  askToUnsubscribe(world, line, topics);
}

function revoke(world: World, random: Random, client: Client, line?: Line): void {
  const selector = random.of([...client.held, "a:1"]);
  world.note(`  ${selector}`);
  line?.revoke(selector);
}

function take(world: World, random: Random, _client: Client, line?: Line): void {
  line?.take(random.of([1, 100, 1000, world.limit / 2, 40_000, 70_000, 1_000_000]));
}

function passTime(world: World, random: Random): void {
  const ms = random.of([1, 20, 20, 40, 100, 1000, 2500, 60_000]);
  world.note(`  ${ms} ms`);
  world.clock.advance(ms);
}

function sendDirectly(world: World, random: Random, client: Client): void {
  const message = { data: "x".repeat(random.of(world.profile.lengths)), topic: random.of(TOPICS) };
  // What stands around the data is shorter.
  world.direct = message.data.length + 100;
  void world.hub.sendToUser(client.user, message);
  world.direct = 0;
}

/** A few requests at once, or one whose answer takes more than the reserve. */
function askForMuch(world: World, random: Random, _client: Client, line?: Line): void {
  if (random.below(2) === 0) {
    for (let left = 8; left > 0; left--) line?.ask(request(world, "ping", []), {});
    return;
  }
  const topics = Array.from({ length: 160 }, (_, at) => `z:${at}:${"z".repeat(180)}`);
  // Each stands in the answer twice.
  world.largest = Math.max(world.largest, 160 * 480);
  askToUnsubscribe(world, line, topics);
}

function disconnectByOperator(world: World, _random: Random, _client: Client, line?: Line): void {
  world.kick(line);
}

function disconnect(world: World, _random: Random, client: Client): void {
  world.disconnect(client);
}

function request(
  world: World,
  action: Request["action"],
  selections: readonly [string, Since | undefined][] = [],
  number?: number,
): Request {
  return { id: world.newId(), action, selections: new Map(selections), number };
}

/** A position as clients give them: mostly their own. */
function since(world: World, random: Random, client: Client, selector: string): Since {
  const { epoch } = world.ledger;
  const isPattern = selector.endsWith("*");
  const none: Since = isPattern ? { epoch, floor: 0, offsets: {} } : { epoch, offset: random.below(4) };
  const known = client.position(selector) ?? none;
  const way = random.below(10);
  if (way < 5) return known;
  if (way === 5) return { ...known, epoch: "another" };
  const by = random.of(way < 8 ? [-1, -2, -5] : [1, 3]);
  if ("offset" in known) return { ...known, offset: Math.max(known.offset + by, 0) };
  if (random.below(3) === 0) return { ...known, floor: Math.max(known.floor + by, 0) };
  const [topic, offset] = random.of([...Object.entries(known.offsets), ["a:1", 1] as const]);
  const { [topic]: _, ...others } = known.offsets;
  return {
    ...known,
    offsets: random.below(4) === 0 ? others : { ...others, [topic]: Math.max(offset + by, 0) },
  };
}
