#!/bin/sh
# Runs the Deno that is on PATH, or else the one that this project installed. Deno's task runner would take
# node_modules/.bin/deno, a wrapper that passes no signal on.
paths=$PATH:
while [ -n "$paths" ]; do
  folder=${paths%%:*}
  paths=${paths#*:}
  case $folder in
  '' | *node_modules/.bin) ;;
  *) if [ -x "$folder/deno" ]; then exec "$folder/deno" "$@"; fi ;;
  esac
done
exec "$(dirname "$0")/../node_modules/deno/deno" "$@"
