#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, each once: ./secrets/, or the folder that is given.
set -eu
folder=${1:-secrets}
umask 077
mkdir -p "$folder"
# It may have been there before, for everybody.
chmod 700 "$folder"
for name in postgres-password callback-secret; do
  file=$folder/$name
  if [ ! -s "$file" ]; then
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$file"
    # Containers read it as users of their own; on this machine the folder lets nobody else in.
    chmod 644 "$file"
  fi
done
