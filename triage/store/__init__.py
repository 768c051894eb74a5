"""The only place that knows SQL: PostgreSQL, its tables, its keys and its audit log."""
