import { type Target, targets } from "./targets.ts";

/** What stands in a document's code blocks of this language, in order. */
export function blocksOf(document: string, language: string): string[] {
  return [...document.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs"))].map(
    ([, text = ""]) => text,
  );
}

/** What runs a file on this target; the file's path follows. */
export function programOf(name: Target["name"]): readonly string[] {
  return targets[name].script("").slice(0, -1);
}
