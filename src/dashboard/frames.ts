const due = new Set<() => void>();

/** Has `paint` called in the next frame: once, however often it is asked for until then. */
export function inNextFrame(paint: () => void): void {
  if (due.size === 0) requestAnimationFrame(paintAll);
  due.add(paint);
}

function paintAll(): void {
  const paints = [...due];
  due.clear();
  for (const paint of paints) paint();
}
