/** How much a value grows from one of these to the next, by the straight line that fits them best (least squares). */
export function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [covariance, variance] = [0, 0];
  for (const [at, value] of values.entries()) {
    covariance += (at - middle) * (value - mean);
    variance += (at - middle) ** 2;
  }
  return variance === 0 ? 0 : covariance / variance;
}

/** The later half of them: what comes before is a runtime that grows to the size of its work. */
export function laterHalf<T>(values: readonly T[]): T[] {
  return values.slice(Math.floor(values.length / 2));
}
