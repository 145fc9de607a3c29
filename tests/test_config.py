"""Settings: what is accepted, what is refused and how that is said."""

from pathlib import Path

import pytest

from app import config
from app.errors import SettingsError


def load(**given: object) -> config.Settings:
    return config.load(_env_file=None, **given)


def test_a_wrong_value_names_the_setting_and_the_rule_but_not_the_value() -> None:
    with pytest.raises(SettingsError) as error:
        load(port="eighty-secret")
    assert "PORT" in str(error.value)
    assert "integer" in str(error.value)
    assert "secret" not in str(error.value)


def test_several_wrong_values_are_named_at_once() -> None:
    with pytest.raises(SettingsError, match=r"TIMEZONE: must be a time zone's name.*MEMORY_LIMIT: must be a size"):
        load(timezone="Asia/Soul", memory_limit="lots")


def test_a_password_is_in_no_repr() -> None:
    assert "s3cret" not in repr(load(oracle_password="s3cret"))


def test_the_older_names_make_a_dsn() -> None:
    by_service = load(oracle_dsn="", oracle_host="mes-db", oracle_service_name="MESP", oracle_user="reader")
    assert by_service.dsn == "mes-db:1521/MESP"
    assert by_service.oracle_configured
    assert "(SID=MES)" in load(oracle_dsn="", oracle_host="mes-db", oracle_sid="MES").dsn


def test_an_empty_setting_in_the_environment_is_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    assert load().port == 8000


def test_host_names_are_read_by_comma(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "mes.example, dash.example")
    assert load().allowed_hosts == ("mes.example", "dash.example")


def test_a_misspelt_name_in_the_env_file_is_found(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# ORACLE_DNS=no\nORACLE_DNS=host/x\nPORT=8001\nexport HOST=127.0.0.1\n")
    assert config.unknown_names(tmp_path / ".env") == ["ORACLE_DNS"]


@pytest.mark.parametrize(
    "dsn", ["scott/hunter2@db:1521/mes", "scott/hunter2@MES", " scott/hunter2@(DESCRIPTION=(HOST=x))"]
)
def test_a_login_in_the_address_is_refused_without_being_shown(dsn: str) -> None:
    with pytest.raises(SettingsError, match="ORACLE_USER and ORACLE_PASSWORD") as refused:
        config.load(_env_file=None, oracle_dsn=dsn)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "tcps://db:2484/mes?wallet_location=/w&wallet_password=hunter2&retry_count=3",
        "(DESCRIPTION=(ADDRESS=(HOST=db))(SECURITY=(WALLET_LOCATION=/w)(WALLET_PASSWORD = hunter2)))",
        "https://kim:hunter2@models.example/v1",
        "https://models.example/v1?api_key=hunter2",
    ],
)
def test_a_secret_in_an_address_is_masked_and_the_rest_can_be_read(address: str) -> None:
    shown = config.masked(f'DPY-4018: cannot parse connect string "{address}"')
    assert "hunter2" not in shown
    assert "********" in shown
    assert address[:8] in shown
    for plain in (
        "db:1521/mes",
        "(DESCRIPTION=(ADDRESS=(HOST=db)(PORT=1521)))",
        "https://models.example/v1",
        "MES@KEY",
    ):
        assert config.masked(plain) == plain
