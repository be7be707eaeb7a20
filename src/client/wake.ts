/** Calls `fn` when a connection may be had again, or may have died unseen; returns what ends that. */
export function onWake(fn: () => void): () => void {
  // Browsers alone have both.
  const { document, window } = globalThis as Partial<typeof globalThis>;
  const gone = new AbortController();
  window?.addEventListener("online", fn, gone);
  document?.addEventListener("visibilitychange", () => document.hidden || fn(), gone);
  return () => gone.abort();
}
