import type { Random } from "../support/random.ts";
import { closePayload, encodeFrame, type FrameOptions, Opcode } from "../support/ws-frames.ts";
import { textOf } from "./grammar.ts";
import { isOneOf100, mutated, randomBytes } from "./mutate.ts";

interface Draft extends FrameOptions {
  payload: Buffer;
}

/** What one connection sends: a sequence of frames, most with something wrong in its frames or its bytes. */
export function framesOf(random: Random): Buffer {
  const roll = random.below(100);
  const drafts = draftsOf(random);
  if (roll < 35) spoil(random, random.of(drafts));
  const bytes = encoded(random, drafts);
  return roll < 20 || roll >= 80 ? bytes : mutated(random, bytes, () => encoded(random, draftsOf(random)));
}

function encoded(random: Random, drafts: readonly Draft[]): Buffer {
  return Buffer.concat(
    // Masks of the seed, so that the same seed sends the same bytes.
    drafts.map(({ payload, mask = randomBytes(random, 4), ...rest }) =>
      encodeFrame(payload, { ...rest, mask }),
    ),
  );
}

/** A sequence as RFC 6455 has it. */
function draftsOf(random: Random): Draft[] {
  const drafts: Draft[] = [];
  for (let left = 1 + random.below(4); left > 0; left--) {
    if (isOneOf100(random, 40)) drafts.push(controlOf(random));
    drafts.push(...messageOf(random));
  }
  if (isOneOf100(random, 20)) drafts.push({ opcode: Opcode.Close, payload: closeOf(random) });
  return drafts;
}

function messageOf(random: Random): Draft[] {
  if (isOneOf100(random, 5))
    return [{ opcode: Opcode.Binary, payload: randomBytes(random, random.below(40)) }];
  let rest = Buffer.from(isOneOf100(random, 50) ? '{"action":"ping","id":"é"}' : textOf(random));
  const drafts: Draft[] = [];
  for (let left = random.below(4); left > 0; left--) {
    const at = random.below(rest.length + 1);
    drafts.push(fragment(drafts, rest.subarray(0, at), false));
    if (isOneOf100(random, 30)) drafts.push(controlOf(random));
    rest = rest.subarray(at);
  }
  drafts.push(fragment(drafts, rest, true));
  return drafts;
}

function fragment(before: readonly Draft[], payload: Buffer, fin: boolean): Draft {
  return { opcode: before.length === 0 ? Opcode.Text : Opcode.Continuation, fin, payload };
}

function controlOf(random: Random): Draft {
  return { opcode: random.of([Opcode.Ping, Opcode.Pong]), payload: randomBytes(random, random.below(126)) };
}

function closeOf(random: Random): Buffer {
  if (isOneOf100(random, 20)) return closePayload();
  return closePayload(random.of([1000, 1001, 3000, 4999]), random.of(["", "bye", "é"]));
}

function spoil(random: Random, draft: Draft): void {
  const size = draft.payload.length;
  Object.assign(
    draft,
    random.of<Partial<Draft>>([
      { fin: false },
      { opcode: random.below(16) },
      { rsv: 1 + random.below(7) },
      { mask: false },
      { length: random.below(200) },
      { length: random.of([65_535, 65_536, 65_537, 2 ** 31, 2 ** 32, 2 ** 53 - 1]), lengthBits: 64 },
      { length: size, lengthBits: random.of([16, 64]) },
      { opcode: Opcode.Ping, payload: randomBytes(random, 126) },
      { opcode: Opcode.Close, payload: randomBytes(random, random.below(130)) },
      { payload: randomBytes(random, random.below(40)) },
      { payload: Buffer.alloc(65_530 + random.below(10), "x") },
    ]),
  );
}
