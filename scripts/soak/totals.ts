import type { Balance } from "../../test/support/ledger.ts";
import type { Follower } from "./followers.ts";

export interface Totals extends Pick<Balance, "accepted" | "lost" | "outOfOrder" | "foreign"> {
  replayed: number;
  /** Told lost to those who do not read slowly. */
  steadyTold: number;
  /** A line for each kind of followers. */
  text: string;
}

/** What all followers come to; each counts what it was owed. */
export function totalsOf(followers: readonly Follower[]): Totals {
  const totals = { accepted: 0, lost: 0, outOfOrder: 0, foreign: 0, replayed: 0, steadyTold: 0 };
  const lines: string[] = [];
  for (const name of new Set(followers.map(({ name }) => name))) {
    const kind = followers.filter((follower) => follower.name === name);
    const sum = (of: (follower: Follower) => number) =>
      kind.reduce((total, follower) => total + of(follower), 0);
    const balances = new Map(kind.map((follower) => [follower, follower.subscriber.ledger.balance()]));
    const all = (of: keyof Balance) => sum((follower) => balances.get(follower)?.[of] ?? 0);
    const replayed = sum(({ subscriber }) => subscriber.replayed);
    totals.accepted += all("accepted");
    totals.lost += all("lost");
    totals.outOfOrder += all("outOfOrder");
    totals.foreign += all("foreign");
    totals.replayed += replayed;
    totals.steadyTold += sum((follower) => (follower.isSlow ? 0 : (balances.get(follower)?.told ?? 0)));
    const recovered = sum(({ subscriber }) => subscriber.recovered);
    const notRecovered = sum(({ subscriber }) => subscriber.notRecovered);
    lines.push(
      `${kind.length} ${name}: accepted for them ${all("accepted")}, received ${all("received")} ` +
        `(replayed ${replayed}), told lost ${all("told")}, lost ${all("lost")}, duplicates ${all("duplicates")}, ` +
        `out of order ${all("outOfOrder")}, foreign ${all("foreign")}; recovered ${recovered}, not ${notRecovered}`,
    );
  }
  return { ...totals, text: lines.join("\n") };
}
