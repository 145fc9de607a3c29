"""Text by a format model: what is read, what is refused."""

import pytest

from app.demo.boundary import OracleError
from app.demo.engine.codec.moment import join
from app.demo.engine.formats.read import interval, read

NOW = join(2026, 11, 23)

READ = [
    ("20261123150405", "YYYYMMDDHH24MISS", join(2026, 11, 23, 15, 4, 5)),
    ("2026-1-2", "YYYY-MM-DD", join(2026, 1, 2)),
    ("20260102", "YYYY-MM-DD", join(2026, 1, 2)),
    ("23-NOV-26", "DD-MON-RR", join(2026, 11, 23)),
    ("23 november 1999", "DD Month YYYY", join(1999, 11, 23)),
    ("03:04:05.000000001 PM", "HH:MI:SS.FF AM", join(2026, 11, 1, 15, 4, 5, 1)),
    ("2026", "YYYY", join(2026, 11, 1)),
    ("2026-11-23", "YYYY-MM-DD HH24:MI:SS", join(2026, 11, 23)),
    ("4712-01-01 BC", "YYYY-MM-DD BC", join(-4712, 1, 1)),
]
REFUSED = [
    ("2026-01-01", "DD-MON-RR", "01861"),
    ("abc", "YYYY", "01858"),
    ("2026-13-01", "YYYY-MM-DD", "01843"),
    ("2026-02-30", "YYYY-MM-DD", "01839"),
    ("2026-01-01x", "YYYY-MM-DD", "01830"),
    ("2026-01", "YYYY-MM-DD", "01840"),
    ("25:00", "HH24:MI", "01850"),
    ("13 AM", "HH AM", "01849"),
    ("2026", "YYYY-QQQQ", "01820"),
    ("2026", "YYYYZZ", "01821"),
]


@pytest.mark.parametrize(("text", "model", "nanos"), READ)
def test_text_is_read_by_its_model(text: str, model: str, nanos: int) -> None:
    assert read(text, model, NOW)[0] == nanos


@pytest.mark.parametrize(("text", "model", "code"), REFUSED)
def test_text_that_does_not_fit_its_model_is_refused(text: str, model: str, code: str) -> None:
    with pytest.raises(OracleError, match=f"ORA-{code}"):
        read(text, model, NOW)


def test_an_offset_is_read_beside_the_moment() -> None:
    assert read("2026-01-01 09:00 +09:00", "YYYY-MM-DD HH24:MI TZH:TZM", NOW) == (join(2026, 1, 1, 9), 540, True)


def test_interval_literals_have_their_units() -> None:
    assert interval("3-4", "YEAR", "MONTH") == ("months", 40)
    assert interval("-1 02:00:00", "DAY", "SECOND") == ("span", -93_600 * 10**9)
    with pytest.raises(OracleError, match="ORA-01867"):
        interval("1", "DAY", "SECOND")
