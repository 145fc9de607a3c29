"""NUMBER in Oracle's bytes: base 100, 20 pairs at most, ordered as memcmp orders."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from app.demo.engine.errors import ora

# Enough for any NUMBER; arithmetic rounds to 40 digits as Oracle's does.
EXACT = Context(prec=400, rounding=ROUND_HALF_UP, Emin=-999999, Emax=999999)
FORTY = Context(prec=40, rounding=ROUND_HALF_UP, Emin=-999999, Emax=999999)
_PAIRS = {f"{pair:02d}": pair for pair in range(100)}


@lru_cache(maxsize=65536)
def encode(value: Decimal) -> bytes:
    """A finite decimal as NUMBER, rounded to 20 pairs of digits. Raises ORA-01426 beyond 1E126."""
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    if not text or not isinstance(exponent, int):
        return b"\x80"
    if exponent % 2:
        text, exponent = text + "0", exponent - 1
    if len(text) % 2:
        text = "0" + text
    if len(text) > 40:
        return _rounded(value, exponent + len(text) - 40)
    point = (len(text) + exponent) // 2
    if point > 63:
        raise ora(1426)
    if point < -64:
        return b"\x80"
    pairs = [_PAIRS[text[i : i + 2]] for i in range(0, len(text), 2)]
    while pairs[-1] == 0:
        pairs.pop()
    if not sign:
        return bytes([193 + point - 1, *(pair + 1 for pair in pairs)])
    closing = b"\x66" if len(pairs) < 20 else b""
    return bytes([62 - point + 1, *(101 - pair for pair in pairs)]) + closing


def _rounded(value: Decimal, exponent: int) -> bytes:
    return encode(EXACT.quantize(value, Decimal((0, (1,), exponent))))


@lru_cache(maxsize=65536)
def decode(data: bytes) -> Decimal:
    """The exact decimal that these bytes mean."""
    if data == b"\x80" or not data:
        return Decimal(0)
    head = data[0]
    if head & 0x80:
        point, pairs, sign = head - 192, [byte - 1 for byte in data[1:]], 0
    else:
        body = data[1:-1] if data[-1] == 102 else data[1:]
        point, pairs, sign = 63 - head, [101 - byte for byte in body], 1
    digits = "".join(f"{pair:02d}" for pair in pairs)
    return Decimal((sign, tuple(map(int, digits)), 2 * (point - len(pairs))))


def plain(value: Decimal, most: int = 40) -> str:
    """As TO_CHAR(n) shows it: no exponent within ``most`` characters (64 for TM9), no zero before the point."""
    value = value.normalize(EXACT)
    text = format(value, "f")
    if len(text) > most + 2:
        return _scientific(value)
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    if text.startswith("0.") and len(text) > 2:
        text = text[1:]
    return "0" if text in ("0", "") else sign + text


def _scientific(value: Decimal) -> str:
    sign, digits, _ = value.as_tuple()
    text = "".join(map(str, digits))
    fraction = f".{text[1:]}" if len(text) > 1 else ""
    exponent = value.adjusted()
    return f"{'-' if sign else ''}{text[0]}{fraction}E{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def fitted(value: Decimal, precision: int | None, scale: int | None) -> Decimal:
    """``value`` as NUMBER(precision, scale) stores it. Raises ORA-01438 when it has too many digits."""
    if scale is None:
        return value
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -scale:
        value = EXACT.quantize(value, Decimal((0, (1,), -scale)))
    if precision is not None and value and value.adjusted() >= precision - scale:
        raise ora(1438)
    return value


def as_float(value: Decimal, bits: int) -> Decimal:
    """``value`` as FLOAT(bits) stores it: so many bits' worth of decimal digits."""
    digits = -(-bits * 30103 // 100000)
    return value if len(value.as_tuple().digits) <= digits else Context(digits, ROUND_HALF_UP).plus(value)


def prefixed(data: bytes | None) -> bytes:
    """A short value with its length byte; NULL is a lone zero."""
    return b"\x00" if data is None else bytes((len(data),)) + data
