"""A view as a CSV or Parquet file: COPY writes it whole, then it is streamed, so no slow reader holds a transaction."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from app.query.filters import Condition
from app.query.values import TEXT, is_number, is_time
from app.schemas.names import quoted

PIECE = 256 * 1024
MEDIA = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
BOM = b"\xef\xbb\xbf"  # without it a Korean Excel reads the file as cp949
FORMULA = "['=', '+', '-', '@', chr(9), chr(13), chr(10)]"


class Export:
    """An exported file: iterate its bytes; ``aclose()``, or the last piece, deletes it."""

    def __init__(self, path: Path, format_: str) -> None:
        self.path, self.format, self.media_type = path, format_, MEDIA[format_]
        self._head = BOM if format_ == "csv" else b""
        self._file: BinaryIO | None = None

    def __aiter__(self) -> Export:
        return self

    async def __anext__(self) -> bytes:
        piece = await asyncio.to_thread(self._next)
        if not piece:
            await self.aclose()
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        await asyncio.to_thread(self._close)

    def _next(self) -> bytes:
        if self._head:
            head, self._head = self._head, b""
            return head
        if self._file is None:
            if not self.path.exists():  # closed
                return b""
            self._file = self.path.open("rb")
        return self._file.read(PIECE) if not self._file.closed else b""

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self.path.unlink(missing_ok=True)


async def written(folder: Path, format_: str, write: Callable[[Path], Awaitable[object]]) -> Export:
    """The file that ``write`` has made; what it raises, or a caller that goes away, leaves none behind."""
    file = new_file(folder, format_)
    try:
        await write(file)
    except BaseException:
        await asyncio.to_thread(file.unlink, missing_ok=True)
        raise
    return Export(file, format_)


def new_file(folder: Path, format_: str) -> Path:
    """A name nobody can guess: SQL of users may read what lies in this folder if it could name it."""
    return folder / f"{secrets.token_hex(16)}.{format_}"


def copying(
    table: str, columns: Sequence[tuple[str, str]], where: Condition, order: str, page: str, file: Path
) -> Condition:
    """The COPY statement that writes the view to ``file``, whose suffix is its format."""
    csv = file.suffix == ".csv"
    select = ", ".join(_cell(name, kind) if csv else quoted(name) for name, kind in columns)
    header = ", ".join(quoted(_harmless(name)) if csv else quoted(name) for name, _ in columns)
    query = f"SELECT {header} FROM (SELECT {select} FROM {table} {where.sql} {order} {page})"
    return Condition(_copy(query, file, "FORMAT csv, HEADER true") if csv else parquet(query, file), where.values)


def parquet(query: str, file: Path) -> str:
    """The COPY statement that writes the checked ``query``'s rows to ``file``."""
    return _copy(query, file, "FORMAT parquet, COMPRESSION zstd")


def _copy(query: str, file: Path, options: str) -> str:
    path = str(file).replace("'", "''")
    return f"COPY ({query}) TO '{path}' ({options})"


def _cell(name: str, kind: str) -> str:
    """A CSV cell that no spreadsheet takes for a formula; numbers stay numbers, also those kept as text."""
    column, shown = quoted(name), quoted(_harmless(name))
    if is_number(kind) or is_time(kind) or kind == "BOOLEAN":
        return f"{column} AS {shown}"
    if kind == "BLOB":
        return f"to_base64({column}) AS {shown}"
    text = column if kind in TEXT else f"CAST({column} AS VARCHAR)"
    formula = f"list_contains({FORMULA}, left({text}, 1)) AND TRY_CAST({text} AS DECIMAL(38, 10)) IS NULL"
    return f"CASE WHEN {formula} THEN '''' || {text} ELSE {text} END AS {shown}"


def _harmless(name: str) -> str:
    return f"'{name}" if name[:1] in "=+-@\t\r\n" else name
