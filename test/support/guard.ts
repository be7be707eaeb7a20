import { spawn } from "node:child_process";
import { constants, mkdtempSync, openSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePipe } from "./unread-pipe.ts";

// `alive` holds pids between blanks. The end of its input is the end of this process, whatever brought it:
// `bun test` fires no "exit" event, and nothing at all is told of a SIGKILL.
const SCRIPT = `trap '' INT TERM HUP
exec <"$1/guard"
alive=' '
while read -r word pid; do
  case $word in
    started) alive="$alive$pid " ;;
    ended) alive="\${alive%% $pid *} \${alive#* $pid }" ;;
  esac
done
[ "$alive" = ' ' ] || kill -KILL $alive
rm -rf -- "$1"`;

let guard: { root: string; input: number } | undefined;

/** Tells the guard of a child, which then will not outlive this process. */
export function tellGuard(word: "started" | "ended", pid: number): void {
  guard ??= startGuard();
  writeSync(guard.input, `${word} ${pid}\n`);
}

/** A new empty folder, which will not outlive this process either. */
export function scratchFolder(): string {
  guard ??= startGuard();
  return mkdtempSync(join(guard.root, "folder-"));
}

function startGuard(): { root: string; input: number } {
  const root = mkdtempSync(join(tmpdir(), "topichub-test-"));
  // A pipe with a name, because a write to a child's `stdin` stream is sent later, and lost at a SIGKILL.
  const pipe = join(root, "guard");
  makePipe(pipe);
  // Open both ways, so that this waits for no reader.
  const input = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  spawn("sh", ["-c", SCRIPT, "guard", root], { stdio: "ignore", detached: true }).unref();
  return { root, input };
}
