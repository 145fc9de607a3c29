"""Names of tables and columns: how they are quoted and compared, on both sides."""


def quoted(name: str) -> str:
    """A name as an SQL identifier, for DuckDB and Oracle alike: the only way a name may enter SQL text.

    Oracle allows no double quote inside a name, so doubling it is right for DuckDB and refused there.
    """
    if "\0" in name:
        raise ValueError("a name cannot contain NUL")
    return '"' + name.replace('"', '""') + '"'


def same(left: str, right: str) -> bool:
    """Whether DuckDB takes the two names for one (it folds ASCII case only, as we measured on 2.0)."""
    return folded(left) == folded(right)


def folded(name: str) -> str:
    """The form under which DuckDB compares a name: ASCII letters in lower case, all others as they are."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in name)


STAGING = "__staging__"  # DuckDB cannot move a table between schemas, so staging stands beside the tables, by this name


def staging(table: str) -> str:
    """Where a sync fills the table's next version."""
    return STAGING + table


def hidden(table: str) -> bool:
    """Whether a table of schema main is a sync's staging, which no list and no reader may show."""
    return table.startswith(STAGING)
