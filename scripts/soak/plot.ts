const BLOCKS = "▁▂▃▄▅▆▇█";
const COLUMNS = 60;

/** One row: what was at each time, as blocks between the least and the most. */
export function rowOf(name: string, values: readonly number[], unit: string): string {
  const columns = Math.min(COLUMNS, values.length);
  const means = Array.from({ length: columns }, (_, at) => {
    const part = values.slice(
      Math.floor((at * values.length) / columns),
      Math.floor(((at + 1) * values.length) / columns),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const [least, most] = [Math.min(...means), Math.max(...means)];
  const blockOf = (value: number) =>
    BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(((value - least) / (most - least || 1)) * BLOCKS.length))];
  const blocks = means.map(blockOf).join("").padEnd(COLUMNS);
  return `${name.padStart(14)} ${blocks} ${least.toFixed(0)} to ${most.toFixed(0)} ${unit}`;
}

/** The time under such rows. */
export function axisOf(seconds: number): string {
  const end = `${Math.round(seconds)} s`;
  return `${" ".repeat(15)}0 s${end.padStart(COLUMNS - 3)}`;
}
