"""Which table a name means: the exact spelling first, then upper case; one's own, then a synonym, then the only one."""

from collections.abc import Iterator

import oracledb
import pytest

from app.config import Settings
from app.errors import AmbiguousTable, SourceNotFound
from app.oracle import Oracle
from app.sync import sources
from tests.conftest import OracleAt
from tests.sync.conftest import Source


@pytest.fixture
def admin(oracle_at: OracleAt) -> Iterator[oracledb.Cursor]:
    """Makes tables of two other owners, FAR and WIDE, that the login may read; what it makes it drops."""
    with oracle_at.admin() as connection, connection.cursor() as cursor:
        for owner in ("FAR", "WIDE"):
            cursor.execute(f"CREATE USER {owner} IDENTIFIED BY x")
        yield cursor
        for owner in ("FAR", "WIDE"):
            cursor.execute(f"DROP USER {owner} CASCADE")


def readable(cursor: oracledb.Cursor, name: str, user: str) -> None:
    cursor.execute(f"CREATE TABLE {name} (id NUMBER)")
    cursor.execute(f"GRANT SELECT ON {name} TO {user}")


def meant(settings: Settings, name: str) -> str:
    with Oracle(settings).session("find") as session:
        found = sources.find(session, name)
    return f"{found.owner}.{found.table}"


def test_the_exact_spelling_comes_before_upper_case(oracle_settings: Settings, source: Source):
    source.table("id NUMBER", name="MEANT")
    assert meant(oracle_settings, "meant") == "APP.MEANT"
    source.table("id NUMBER", name="meant")
    assert meant(oracle_settings, "meant") == "APP.meant"
    assert meant(oracle_settings, "app.meant") == "APP.MEANT"


def test_ones_own_table_comes_before_a_synonym_and_that_before_the_only_other(
    oracle_settings: Settings, source: Source, admin: oracledb.Cursor
):
    user = oracle_settings.oracle_user
    readable(admin, "far.shared", user)
    assert meant(oracle_settings, "shared") == "FAR.SHARED"
    readable(admin, "wide.other", user)
    admin.execute(f"CREATE SYNONYM {user}.shared FOR wide.other")
    assert meant(oracle_settings, "shared") == "WIDE.OTHER"
    admin.execute(f"DROP SYNONYM {user}.shared")
    source.table("id NUMBER", name="SHARED")
    assert meant(oracle_settings, "shared") == "APP.SHARED"
    assert meant(oracle_settings, "far.shared") == "FAR.SHARED"


def test_a_name_that_two_owners_have_is_refused_with_both(oracle_settings: Settings, admin: oracledb.Cursor):
    for owner in ("far", "wide"):
        readable(admin, f"{owner}.twice", oracle_settings.oracle_user)
    with pytest.raises(AmbiguousTable) as refused:
        meant(oracle_settings, "twice")
    assert refused.value.status == 409
    assert "FAR.TWICE, WIDE.TWICE" in refused.value.message()


def test_a_table_that_the_login_may_not_read_is_not_found(oracle_settings: Settings, admin: oracledb.Cursor):
    admin.execute("CREATE TABLE far.hidden (id NUMBER)")
    with pytest.raises(SourceNotFound):
        meant(oracle_settings, "hidden")
