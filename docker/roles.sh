#!/bin/sh
# The program's own login, which owns nothing. PostgreSQL's image runs this once, when it makes the database.
set -eu
psql -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v password="$(cat /run/secrets/program_password)" <<'END'
SELECT 'CREATE ROLE triage_app NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'triage_app') \gexec
CREATE ROLE triage_program LOGIN PASSWORD :'password' IN ROLE triage_app;
END
