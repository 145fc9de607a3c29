"""Format models: how TO_CHAR shows and TO_DATE reads, in Python and as DuckDB SQL."""
