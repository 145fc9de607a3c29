"""Values in Oracle's own bytes: numbers, moments, intervals, row ids, floats, text."""
