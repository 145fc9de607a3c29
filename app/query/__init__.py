"""QueryService: the tables, their rows, charts, profiles and read-only SQL."""
