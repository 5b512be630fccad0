#!/bin/sh
# A job that is a program. Its input is one line of JSON, whose numbers it takes out as text.
read -r input
field() { printf '%s' "$input" | sed -n "s/.*\"$1\":\(-\{0,1\}[0-9]*\).*/\1/p"; }
tell() { printf '%s %s %s %s %s %s\n' "$GOALKEEPER_RUN" "$GOALKEEPER_STEP" "$GOALKEEPER_ATTEMPT" "$1" "$CHAOS_WORKER" "$(date +%s%3N)" >> "$CHAOS_EFFECTS"; }
tell began
sleep "$(awk "BEGIN { print $(field ms) / 1000 }")"
if [ "$GOALKEEPER_ATTEMPT" -le "$(field fails)" ]; then
  tell threw
  exit 75
fi
tell did
printf '{"value":%s}' "$(field value)"
