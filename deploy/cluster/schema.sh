#!/bin/sh
# Temporal's two databases, made or brought up to date with its own tool. May run again at any time.
set -eu

SQL_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
export SQL_PASSWORD

update() {
  for step in create-database "setup-schema --version 0.0" "update-schema --schema-name postgresql/v12/$2"; do
    # shellcheck disable=SC2086
    temporal-sql-tool --plugin postgres12 --endpoint "$POSTGRES_SEEDS" --port "$DB_PORT" --user "$POSTGRES_USER" \
      --database "$1" $step
  done
}

update temporal temporal
update temporal_visibility visibility
