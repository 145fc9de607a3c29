"""Value by value: what is bound comes back by row and by data frame as Oracle keeps it, in both faces."""

import oracledb
import pytest

from app.demo.process import start
from bench.round_trip import CASES, seen


@pytest.mark.parametrize("face", ["19c", "23ai"])
def test_every_type_comes_back_with_its_extremes(face):
    with (
        start(face, "none") as server,
        oracledb.connect(dsn=server.dsn, user=server.user, password=server.password) as connection,
    ):
        found = list(seen(connection, CASES))
    wrong = [(one.case.kind, one.row, one.frame) for one in found if not (one.row_holds and one.frame_holds)]
    assert not wrong
    assert len(found) == len(CASES)
