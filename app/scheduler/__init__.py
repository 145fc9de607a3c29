"""Scheduler: stored jobs that start syncs."""
