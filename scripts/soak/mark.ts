/** What a producer publishes: a mark that is never used twice and, for a storm, something large besides. */
export interface SoakData {
  mark: string;
  filling?: string;
}

export function markOf(data: unknown): unknown {
  return (data as Partial<SoakData> | null)?.mark;
}
