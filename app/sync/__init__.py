"""SyncService: Oracle tables into DuckDB, exact, complete, resumable and proven."""
