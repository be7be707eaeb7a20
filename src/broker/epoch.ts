/** What tells one store's positions from another's: 64 random bits. */
export function newEpoch(): string {
  const [bits = 0n] = crypto.getRandomValues(new BigUint64Array(1));
  return bits.toString(36);
}
