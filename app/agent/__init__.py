"""SyncAgent: questions in natural language, answered with the services."""
