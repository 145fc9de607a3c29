"""TO_CHAR and TO_NUMBER of numbers by format model."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from app.demo.engine.codec.number import EXACT, plain
from app.demo.engine.errors import ora

_MODEL = re.compile(r"^(FM)?(S|\$|L)?([09,.GD]*)(V9+)?(EEEE)?(MI|PR|S)?$", re.I)
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?\s*")


def parse(text: str) -> Decimal:
    """A number as implicit conversion and TO_NUMBER read it. Raises ORA-01722."""
    if not _NUMBER.fullmatch(text):
        raise ora(1722)
    try:
        return Decimal(text.strip().rstrip("fFdD"))
    except InvalidOperation:
        raise ora(1722) from None


def parse_by(text: str, model: str, marks: str = ".,") -> Decimal:
    """A number by a format model. Raises ORA-01722."""
    if "X" in model.upper():
        try:
            return Decimal(int(text, 16))
        except ValueError:
            raise ora(1722) from None
    cleaned = text.strip().replace(marks[1:2], "").replace("$", "").replace(marks[:1], ".")
    if cleaned.endswith("-"):
        cleaned = "-" + cleaned[:-1]
    if cleaned.startswith("<") and cleaned.endswith(">"):
        cleaned = "-" + cleaned[1:-1]
    whole = sum(char in "09" for char in re.split("[.D]", model.upper())[0])
    value = parse(cleaned)
    if value and value.adjusted() >= max(whole, 1):
        raise ora(1722)
    return value


def show(value: Decimal, model: str | None, marks: str = ".,") -> str:
    """A number by a format model, with ``marks`` = decimal point and group mark. Raises ORA-01481."""
    if model is None:
        return plain(value).replace(".", marks[:1])
    upper = model.upper()
    if upper in ("TM", "TM9"):
        return plain(value, 64).replace(".", marks[:1])
    if upper == "TME":
        return _scientific(value, None)
    if re.fullmatch(r"(FM)?0*X+", upper):
        return _hexadecimal(value, upper, model)
    found = _MODEL.match(upper)
    if not found:
        raise ora(1481)
    if found.group(5):
        decimals = len(re.split(r"[.D]", found.group(3))[-1]) if re.search(r"[.D]", found.group(3)) else 0
        return " " * (not found.group(1) and value >= 0) + _scientific(value, decimals)
    return _filled(value, found, marks)


def _scientific(value: Decimal, decimals: int | None) -> str:
    mantissa = value.scaleb(-value.adjusted(), EXACT) if value else Decimal(0)
    text = format(mantissa.normalize(EXACT), "f") if decimals is None else f"{mantissa:.{decimals}f}"
    exponent = value.adjusted() if value else 0
    return f"{text}E{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _hexadecimal(value: Decimal, upper: str, model: str) -> str:
    width = upper.count("X") + upper.count("0")
    digits = f"{int(value):X}"
    if value < 0 or len(digits) > width:
        return "#" * (width + 1)
    if "0" in upper:
        digits = digits.rjust(width, "0")
    text = digits if "x" not in model else digits.lower()
    return text if upper.startswith("FM") else text.rjust(width + 1)


def _filled(value: Decimal, found: re.Match[str], marks: str) -> str:
    body = found.group(3).replace("G", ",").replace("D", ".")
    whole, point, fraction = body.partition(".")
    rounded = EXACT.quantize(abs(value), Decimal((0, (1,), -len(fraction))))
    digits, _, decimals = format(rounded, "f").partition(".")
    places = whole.replace(",", "")
    width = len(body) + 1 + (found.group(2) in ("$", "L"))
    if len(digits.lstrip("0")) > len(places):
        return "#" * width
    least = len(places) - places.index("0") if "0" in places else (0 if fraction else 1)
    digits = digits.lstrip("0").rjust(least, "0")
    if found.group(1):
        decimals = decimals.rstrip("0").ljust(fraction.rfind("0") + 1, "0")
    text = _grouped(whole, digits, marks[1:2]) + (marks[:1] if point else "") + decimals
    return _signed(text, value < 0 and bool(rounded), found, width)


def _grouped(whole: str, digits: str, mark: str) -> str:
    out: list[str] = []
    left = list(digits)
    for char in reversed(whole):
        if not left:
            break
        out.append(mark if char == "," else left.pop())
    return "".join(reversed(out))


def _signed(text: str, negative: bool, found: re.Match[str], width: int) -> str:
    currency = "$" if found.group(2) in ("$", "L") else ""
    tail = found.group(6) or ""
    if found.group(2) == "S":
        text = ("-" if negative else "+") + text
    elif tail == "S":
        text += "-" if negative else "+"
    elif tail == "MI":
        text = currency + text + ("-" if negative else " ")
        return text.strip() if found.group(1) else text.rjust(width)
    elif tail == "PR":
        text, width = f"<{text}>" if negative else f" {text} ", width + 1
    else:
        text = ("-" if negative else "") + currency + text
    return text.strip() if found.group(1) else text.rjust(width)
