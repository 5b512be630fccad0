#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, each once: ./secrets/, or the folder that is given. Two are tokens of the
# gateways, which the access file beside them knows by their hashes: `admin-token` is for people, `main-job-token` for the main job.
set -eu
folder=${1:-secrets}
umask 077
mkdir -p "$folder"
# It may have been there before, for everybody.
chmod 700 "$folder"
hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
digest() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -c1-64; }
for name in postgres-password callback-secret; do
  file=$folder/$name
  [ -s "$file" ] || hex 32 >"$file"
done
for name in admin-token main-job-token; do
  file=$folder/$name
  [ -s "$file" ] || printf 'gk_%s_%s' "$(hex 6)" "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')" >"$file"
done
# It is a team's to edit: what is there stays.
if [ ! -s "$folder/access.json" ]; then
  line() { printf '{ "id": "%s", "name": "%s", "sha256": "%s", "roles": ["%s"], "teams": ["*"]%s }' "$(cut -d_ -f2 "$folder/$1")" "$2" "$(digest <"$folder/$1")" "$3" "$4"; }
  printf '{\n  "tokens": [\n    %s,\n    %s\n  ]\n}\n' \
    "$(line admin-token admin admin ', "person": true')" \
    "$(line main-job-token main-job operator '')" >"$folder/access.json"
fi
# Containers read them as users of their own; on this machine the folder lets nobody else in.
chmod 644 "$folder/postgres-password" "$folder/callback-secret" "$folder/admin-token" "$folder/main-job-token" "$folder/access.json"
