"""Statements into DuckDB SQL: every value with its Oracle type and, where DuckDB only approximates, its exact form."""
