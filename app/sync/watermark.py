"""What "new since last time" means for a cursor column: bounds, lag, formats, clocks. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.errors import ColumnNotFound, CursorNotPossible
from app.oracle import Bound, Kind
from app.schemas.names import quoted
from app.schemas.sync import CursorKind, Target
from app.sync.columns import OracleColumn

ROWSCN = "ORA_ROWSCN"
STAMP = "%Y-%m-%d %H:%M:%S.%f"
# Oracle's words for the parts of a time, and Python's and DuckDB's, longest first.
WORDS = (("YYYY", "%Y"), ("HH24", "%H"), ("MM", "%m"), ("DD", "%d"), ("MI", "%M"), ("SS", "%S"))
TEXT_FORMATS = (
    "YYYYMMDDHH24MISS",
    "YYYYMMDD",
    "YYYY-MM-DD HH24:MI:SS",
    "YYYY/MM/DD HH24:MI:SS",
    "YYYY-MM-DD",
    "YYYY/MM/DD",
    "YYYYMMDDHH24MI",
    "YYYY-MM-DDTHH24:MI:SS",
)
FIRST = datetime(1, 1, 1)  # noqa: DTZ001 - a wall clock


@dataclass(frozen=True)
class Cursor:
    """A cursor column: ``oracle`` is compared there, ``name`` is the column here, ``bound`` the type to bind as."""

    column: str
    name: str
    kind: CursorKind
    oracle: str
    bound: Kind
    utc: bool = False
    format: str | None = None  # of text times, in Oracle's words

    @property
    def is_time(self) -> bool:
        return self.kind in ("timestamp", "text")

    def bind(self, low: str) -> Bound:
        """A bound as the database type of the column; times are cut, never rounded up."""
        if self.kind == "timestamp":
            stamp = datetime.strptime(self.floored(low), STAMP)  # noqa: DTZ007 - a wall clock, as the column is
            return Bound(self.bound, stamp)
        return Bound(self.bound, low if self.kind == "text" else Decimal(low))

    def lowered(self, value: str, seconds: int) -> str:
        """The bound to read from: the watermark less the lag. Numbers, SCNs and texts that are no time have no lag."""
        if self.kind == "timestamp":
            return written(_before(datetime.strptime(value[:26], STAMP), seconds), STAMP)  # noqa: DTZ007
        if self.kind == "text" and self.format:
            pattern = python_format(self.format)
            return written(_before(datetime.strptime(value, pattern), seconds), pattern)  # noqa: DTZ007
        return value

    def floored(self, low: str) -> str:
        """The bound as both sides can compare it: a DATE has whole seconds, and the other side must cut alike."""
        return f"{low[:19]}.000000" if self.bound == "date" else low

    def ceiling(self, clock: datetime) -> str | None:
        """Oracle's clock as this column would hold it; None for kinds that are no time."""
        if self.kind == "timestamp":
            return written(clock, STAMP)
        if self.kind == "text" and self.format:
            return written(clock, python_format(self.format))
        return None


def cursor_of(target: Target, columns: list[OracleColumn], names: dict[str, str]) -> Cursor | None:
    """The target's cursor; ``names`` are the DuckDB names of copied columns.

    Raises ColumnNotFound, CursorNotPossible.
    """
    if not target.cursor:
        return None
    wanted = target.cursor.upper()
    if target.cursor_kind == "scn" or wanted == ROWSCN:
        return Cursor(ROWSCN, ROWSCN, "scn", ROWSCN, "number")
    found = next((column for column in columns if column.name == target.cursor), None)
    found = found or next((column for column in columns if column.name.upper() == wanted), None)
    if found is None:
        raise ColumnNotFound(table=f"{target.owner}.{target.table}", column=target.cursor)
    if found.name not in names:
        raise CursorNotPossible(column=found.name, reason="it is not copied")
    if any(name.upper() == found.name.upper() for name in target.overrides):
        raise CursorNotPossible(column=found.name, reason="its type is overridden, so its order is not Oracle's")
    return _typed(found, names[found.name], target)


def _typed(column: OracleColumn, name: str, target: Target) -> Cursor:
    c = quoted(column.name)
    if column.kind == "DATE":
        return Cursor(column.name, name, "timestamp", c, "date")
    if column.kind == "TIMESTAMP":
        return Cursor(column.name, name, "timestamp", c, "timestamp")
    if column.kind.startswith("TIMESTAMP"):  # Oracle's index on such a column is on this expression
        return Cursor(column.name, name, "timestamp", f"SYS_EXTRACT_UTC({c})", "timestamp", utc=True)
    if column.kind in ("NUMBER", "FLOAT"):
        return Cursor(column.name, name, "number", c, "number")
    if column.kind in ("VARCHAR2", "CHAR", "NVARCHAR2", "NCHAR"):
        return Cursor(column.name, name, "text", c, "text", format=target.cursor_format)
    raise CursorNotPossible(column=column.name, reason=f"{column.declared} has no order to read by")


def python_format(oracle: str) -> str:
    """``YYYYMMDDHH24MISS`` as strptime writes it. Raises CursorNotPossible for words we do not know."""
    text = oracle.replace("%", "%%").replace('"', "")
    for word, ours in WORDS:
        text = text.replace(word, ours)
    return text


def written(moment: datetime, pattern: str) -> str:
    """strftime with four digits for every year: Linux gives year 1 one digit, which nothing reads back."""
    return moment.strftime(pattern.replace("%Y", f"{moment.year:04d}"))


def clock_for(cursor: Cursor, wall: datetime, utc: datetime, timezone: str | None) -> datetime:
    """Oracle's clock as the column's writers see it: UTC, the target's own zone, or the database server's wall."""
    if cursor.utc:
        return utc
    if timezone:
        return utc.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    return wall


def _before(moment: datetime, seconds: int) -> datetime:
    lag = timedelta(seconds=seconds)
    return moment - lag if moment - FIRST > lag else FIRST


def earlier(cursor: Cursor, left: str | None, right: str | None) -> str | None:
    """The lower of two bounds; None is no bound at all, so the lowest."""
    if left is None or right is None:
        return None
    if cursor.kind in ("number", "scn"):
        return min(left, right, key=Decimal)
    return min(left, right)


def format_of(value: str) -> str | None:
    """The known format that a text has exactly; None for a text that is no time."""
    for each in TEXT_FORMATS:
        pattern = python_format(each)
        try:
            if written(datetime.strptime(value, pattern), pattern) == value:  # noqa: DTZ007
                return each
        except ValueError:
            continue
    return None
