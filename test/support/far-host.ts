import { spawnSync } from "node:child_process";

/** Another host, as a network namespace of Linux: it can go away without a FIN. Its making takes root. */
export interface FarHost extends Disposable {
  /** Where this machine is for it. */
  readonly address: string;
  /** What a command begins with that is to run there. */
  readonly command: readonly string[];
  /** Takes it off the network; nothing comes from it any more, not even that it is gone. */
  vanish(): void;
}

export function createFarHost(): FarHost {
  const name = `topichub-${process.pid}`;
  const [here, there] = [`th${process.pid}h`, `th${process.pid}t`];
  // Of the addresses that RFC 2544 keeps for tests of a network.
  const net = `198.18.${process.pid % 256}`;
  const remove = () => {
    spawnSync("ip", ["netns", "del", name]);
    spawnSync("ip", ["link", "del", here]);
  };
  try {
    ip(`netns add ${name}`);
    ip(`link add ${here} type veth peer name ${there} netns ${name}`);
    ip(`address add ${net}.1/30 dev ${here}`);
    ip(`link set ${here} up`);
    ip(`-n ${name} address add ${net}.2/30 dev ${there}`);
    ip(`-n ${name} link set ${there} up`);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    address: `${net}.1`,
    command: ["ip", "netns", "exec", name],
    vanish: () => ip(`-n ${name} link set ${there} down`),
    [Symbol.dispose]: remove,
  };
}

function ip(line: string): void {
  const { status, stderr, error } = spawnSync("ip", line.split(" "), { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${line}: ${error?.message ?? stderr} (it takes iproute2, and root)`);
}
