"""Oracle's built-in functions by family; each is entered in ``FUNCTIONS`` under its name."""
