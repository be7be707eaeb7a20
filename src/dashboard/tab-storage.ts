/** What is remembered in this tab and until it is closed; nothing, where a browser forbids that. */
export const tabStorage = {
  get(name: string): string | null {
    try {
      return sessionStorage.getItem(`topichub.${name}`);
    } catch {
      return null;
    }
  },
  set(name: string, value: string): void {
    try {
      sessionStorage.setItem(`topichub.${name}`, value);
    } catch {}
  },
  remove(name: string): void {
    try {
      sessionStorage.removeItem(`topichub.${name}`);
    } catch {}
  },
};
