"""Oracle's data types: what a column may hold, how DuckDB computes with it, how DESCRIBE shows it."""

from __future__ import annotations

from dataclasses import dataclass

from app.demo import boundary
from app.demo.boundary import Column

TEXTS = frozenset(("VARCHAR2", "NVARCHAR2", "CHAR", "NCHAR", "CLOB", "NCLOB", "LONG"))
LOBS = frozenset(("CLOB", "NCLOB", "BLOB"))
BYTES = frozenset(("RAW", "LONG RAW", "BLOB"))
ZONED = "TIMESTAMP WITH TIME ZONE"
LOCAL = "TIMESTAMP WITH LOCAL TIME ZONE"
STAMPS = frozenset(("TIMESTAMP", ZONED, LOCAL))
MOMENTS = STAMPS | {"DATE"}
NUMBERS = frozenset(("NUMBER", "FLOAT"))
BINARIES = frozenset(("BINARY_FLOAT", "BINARY_DOUBLE"))
INTERVALS = frozenset(("INTERVAL YEAR TO MONTH", "INTERVAL DAY TO SECOND"))

_WIRE = {
    "VARCHAR2": boundary.VARCHAR,
    "NVARCHAR2": boundary.VARCHAR,
    "CHAR": boundary.CHAR,
    "NCHAR": boundary.CHAR,
    "LONG": boundary.LONG,
    "LONG RAW": boundary.LONG_RAW,
    "RAW": boundary.RAW,
    "NUMBER": boundary.NUMBER,
    "FLOAT": boundary.NUMBER,
    "BINARY_FLOAT": boundary.BINARY_FLOAT,
    "BINARY_DOUBLE": boundary.BINARY_DOUBLE,
    "DATE": boundary.DATE,
    "TIMESTAMP": boundary.TIMESTAMP,
    ZONED: boundary.TIMESTAMP_TZ,
    LOCAL: boundary.TIMESTAMP_LTZ,
    "INTERVAL YEAR TO MONTH": boundary.INTERVAL_YM,
    "INTERVAL DAY TO SECOND": boundary.INTERVAL_DS,
    "CLOB": boundary.CLOB,
    "NCLOB": boundary.CLOB,
    "BLOB": boundary.BLOB,
    "ROWID": boundary.ROWID,
    "BOOLEAN": boundary.BOOLEAN,
}
_SIZES = {"NUMBER": 22, "FLOAT": 22, "DATE": 7, "TIMESTAMP": 11, ZONED: 13, LOCAL: 11, "BINARY_FLOAT": 4}
_SIZES |= {"BINARY_DOUBLE": 8, "INTERVAL YEAR TO MONTH": 5, "INTERVAL DAY TO SECOND": 11, "ROWID": 18, "BOOLEAN": 1}
_SIZES |= {"CLOB": 4000, "NCLOB": 4000, "BLOB": 4000, "LONG": 0x7FFFFFFF, "LONG RAW": 0x7FFFFFFF}


@dataclass(frozen=True, slots=True)
class OraType:
    """A data type. ``scale`` is the fraction's digits of a TIMESTAMP or INTERVAL; ``chars``: length in characters."""

    name: str
    precision: int | None = None
    scale: int | None = None
    length: int | None = None
    chars: bool = False

    @property
    def rep(self) -> str:
        """How DuckDB holds it: decimal, number (wire bytes), float, double, text, moment, nanos, zoned, …"""
        if self.name in NUMBERS:
            return "decimal" if self.digits else "number"
        if self.name == "TIMESTAMP":
            return "nanos" if (self.scale or 0) > 6 else "moment"
        return _REPS[self.name]

    @property
    def digits(self) -> tuple[int, int] | None:
        """Precision and scale of the DECIMAL that holds every value exactly; None when there is no such DECIMAL."""
        if self.name != "NUMBER" or self.precision is None:
            return None
        scale = self.scale or 0
        if scale < 0:
            return (self.precision - scale, 0) if self.precision - scale <= 38 else None
        return (max(self.precision, scale), scale) if max(self.precision, scale) <= 38 else None

    @property
    def duck(self) -> str:
        """The DuckDB type of the computable value."""
        if self.rep == "decimal" and self.digits:
            return f"DECIMAL({self.digits[0]},{self.digits[1]})"
        return DUCK[self.rep]

    @property
    def national(self) -> bool:
        """Whether its text travels in UTF-16."""
        return self.name in ("NVARCHAR2", "NCHAR", "NCLOB")

    @property
    def text(self) -> bool:
        """Whether it is text of any kind."""
        return self.name in TEXTS

    def described(self, name: str, nullable: bool = True) -> Column:
        """The column as DESCRIBE shows it."""
        size = _SIZES.get(self.name) or max(1, self.bytes_at_most)
        precision, scale = self.precision or 0, self.scale or 0
        if self.name == "NUMBER" and self.precision is None:
            precision, scale = (0, -127) if self.scale is None else (38, self.scale)
        if self.name == "FLOAT":
            precision, scale = self.precision or 126, -127
        chars = 0
        if self.text and self.name not in LOBS:
            chars = (self.length or 1) if self.chars else size
        return Column(name, _WIRE[self.name], size, chars, precision, scale, nullable, 2 if self.national else 1)

    @property
    def bytes_at_most(self) -> int:
        """The longest value in bytes, for text and RAW."""
        length = self.length or (32767 if self.name == "RAW" else 4000)
        if self.national:
            return length * 2
        return min(length * 4, 32767) if self.chars else length

    def __str__(self) -> str:
        if self.name == "NUMBER" and self.precision is not None:
            return f"NUMBER({self.precision},{self.scale})" if self.scale else f"NUMBER({self.precision})"
        if self.length and self.text:
            return f"{self.name}({self.length}{' CHAR' if self.chars and not self.national else ''})"
        if self.name == "RAW":
            return f"RAW({self.length})"
        if self.name in STAMPS:
            return self.name.replace("TIMESTAMP", f"TIMESTAMP({self.scale})", 1)
        return self.name


_REPS = dict.fromkeys(TEXTS, "text") | dict.fromkeys(BYTES, "bytes")
_REPS |= {"BINARY_FLOAT": "float", "BINARY_DOUBLE": "double", "DATE": "moment", ZONED: "zoned", LOCAL: "nanos"}
_REPS |= {"INTERVAL YEAR TO MONTH": "months", "INTERVAL DAY TO SECOND": "span", "ROWID": "rowid", "BOOLEAN": "boolean"}
DUCK = {
    "number": "BLOB",
    "approx": "DOUBLE",
    "float": "FLOAT",
    "double": "DOUBLE",
    "text": "VARCHAR",
    "moment": "TIMESTAMP",
    "nanos": "HUGEINT",
    "zoned": "HUGEINT",
    "span": "HUGEINT",
    "months": "INTEGER",
    "bytes": "BLOB",
    "rowid": "BIGINT",
    "boolean": "BOOLEAN",
}

NUMBER = OraType("NUMBER")
INTEGER = OraType("NUMBER", None, 0)
VARCHAR2 = OraType("VARCHAR2", length=4000)
DATE = OraType("DATE")
TIMESTAMP = OraType("TIMESTAMP", scale=6)
BOOLEAN = OraType("BOOLEAN")
ROWID = OraType("ROWID")
CLOB = OraType("CLOB")
BLOB = OraType("BLOB")
DOUBLE = OraType("BINARY_DOUBLE")
SPAN = OraType("INTERVAL DAY TO SECOND", precision=9, scale=9)
MONTHS = OraType("INTERVAL YEAR TO MONTH", precision=9)


def varchar(length: int) -> OraType:
    """VARCHAR2 of so many bytes (at least 1, at most 4000)."""
    return OraType("VARCHAR2", length=max(1, min(length, 4000)))
