/** Calls `fn` when a connection may be had again, or may have died unseen; returns what ends that. */
export function onWake(fn: () => void): () => void {
  // Browsers alone have both.
  const { document, window } = globalThis as Partial<typeof globalThis>;
  const seen = () => document?.hidden || fn();
  window?.addEventListener("online", fn);
  document?.addEventListener("visibilitychange", seen);
  return () => {
    window?.removeEventListener("online", fn);
    document?.removeEventListener("visibilitychange", seen);
  };
}
