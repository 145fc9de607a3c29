"""Every setting: its name, type, default and one sentence. Read from the environment and `.env`."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.errors import SettingsError

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be a time zone's name, such as Asia/Seoul") from None
    return name


def _memory(text: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", text):
        raise ValueError("must be a size such as 1GB or 800MB")
    return text


def _system_zone() -> str:
    """The system's zone by name: TZ, else what /etc/localtime points at, else UTC."""
    named = os.environ.get("TZ", "").lstrip(":") or os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    try:
        return _zone(named or "UTC")
    except ValueError:
        return "UTC"


def _by_comma(text: object) -> object:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def _networks(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        try:
            ipaddress.ip_network(name, strict=False)
        except ValueError:
            raise ValueError("must be addresses or networks such as 10.0.0.5 or 10.0.0.0/24") from None
    return names


def _dsn(text: str) -> str:
    if re.match(r"\s*[^()@]*/[^()@]*@", text):
        raise ValueError("must not hold a login: that belongs in ORACLE_USER and ORACLE_PASSWORD")
    return text


SECRETS = re.compile(r"(?i)((?:password|passwd|pwd|key|token|secret)\s*=\s*)[^&)\s]+|(?<=://)[^/@\s]+@")


def masked(text: str) -> str:
    """Without the secrets that an address may hold: a wallet's password, a key, a login before the host."""
    return SECRETS.sub(lambda found: f"{found[1] or ''}********{'' if found[1] else '@'}", text)


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_by_comma)]
Networks = Annotated[Names, AfterValidator(_networks)]


class Settings(BaseSettings):
    """All settings, each with its sentence; the README's table is checked against this class."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on. Anything but loopback needs an account first.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    data_dir: Path = Field(Path("data"), description="Folder of everything Merganser keeps.")
    duckdb_path: Path | None = Field(None, description="The DuckDB file; DATA_DIR/merganser.duckdb by default.")
    oracle_dsn: Annotated[str, AfterValidator(_dsn)] = Field(
        "", description="Oracle's address: host:port/service, a full descriptor or a TNS name."
    )
    oracle_host: str = Field("", description="Older way to say ORACLE_DSN, with the three below.")
    oracle_port: int = Field(1521, ge=1, le=65535, description="Port beside ORACLE_HOST.")
    oracle_service_name: str = Field("", description="Service beside ORACLE_HOST.")
    oracle_sid: str = Field("", description="SID beside ORACLE_HOST, where there is no service name.")
    oracle_user: str = Field("", description="Oracle login; it needs only to read.")
    oracle_password: SecretStr = Field(SecretStr(""), description="Its password.")
    oracle_mode: Literal["thin", "thick"] = Field("thin", description="thick for Oracle 11g; needs Instant Client.")
    oracle_client_lib_dir: Path | None = Field(None, description="Folder of Oracle Instant Client (thick mode).")
    tns_admin: Path | None = Field(None, description="Folder of tnsnames.ora and the wallet.")
    oracle_sessions: int = Field(
        2,
        ge=1,
        le=16,
        description="Oracle sessions at most, all syncs together. One stays logged in for half a minute, for the next.",
    )
    oracle_call_timeout: int = Field(300, ge=1, description="Seconds one call to Oracle may take without an answer.")
    quiet_hours: str = Field("", description="Hours in which scheduled syncs leave Oracle alone, such as 08:00-09:30.")
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default_factory=_system_zone, description="Where days and hours begin in charts, and the schedule's zone."
    )
    memory_limit: Annotated[str, AfterValidator(_memory)] = Field("1GB", description="Memory DuckDB may use.")
    threads: int = Field(2, ge=1, le=256, description="Threads DuckDB may use.")
    parallel_syncs: int = Field(2, ge=1, le=16, description="Tables synced at once; more wait in a queue.")
    allowed_hosts: Names = Field((), description="Host names the server answers to besides localhost, by comma.")
    webhook_url: SecretStr = Field(
        SecretStr(""), description="Address told of failed, recovered and late tables (a POST of JSON)."
    )
    trusted_proxies: Networks = Field((), description="Proxies whose X-Forwarded headers are believed, by comma.")
    tls_cert: Path | None = Field(None, description="Certificate chain (PEM); with TLS_KEY the server speaks HTTPS.")
    tls_key: Path | None = Field(None, description="Its private key (PEM).")
    session_idle_hours: int = Field(12, ge=1, le=720, description="Hours of no use after which a sign-in ends.")
    session_days: int = Field(7, ge=1, le=365, description="Days after which a sign-in ends in any case.")
    audit_days: int = Field(365, ge=1, le=36500, description="Days the audit is kept.")
    connections_per_address: int = Field(
        600, ge=1, le=100_000, description="Connections one address may hold open; trusted proxies are not counted."
    )
    openai_api_key: SecretStr = Field(SecretStr(""), description="Key of the agent's language model; empty for none.")
    openai_base_url: str = Field("", description="Address of an OpenAI-compatible server; OpenAI's own by default.")
    openai_model: str = Field("gpt-5-mini", description="The model's name.")
    log_format: Literal["text", "json"] = Field("text", description="How the log is written.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="What the log holds.")

    sync_oracle_schema: str = Field("", description="The replaced dashboard's table: its owner.")
    sync_oracle_table: str = Field("", description="Its name; the first start makes it a target.")
    sync_primary_key: str = Field("", description="Its key columns, by comma.")
    sync_time_column: str = Field("", description="Its cursor column.")
    duckdb_time_column: str = Field("", description="The same, as the dashboard also called it.")
    sync_duckdb_table: str = Field("", description="Its name in DuckDB.")

    @property
    def dsn(self) -> str:
        """ORACLE_DSN, or the older names as a descriptor; empty when neither is set."""
        if self.oracle_dsn or not self.oracle_host:
            return self.oracle_dsn
        if self.oracle_sid and not self.oracle_service_name:
            address = f"(ADDRESS=(PROTOCOL=TCP)(HOST={self.oracle_host})(PORT={self.oracle_port}))"
            return f"(DESCRIPTION={address}(CONNECT_DATA=(SID={self.oracle_sid})))"
        return f"{self.oracle_host}:{self.oracle_port}/{self.oracle_service_name}"

    @property
    def warehouse_path(self) -> Path:
        return self.duckdb_path or self.data_dir / "merganser.duckdb"

    @property
    def store_path(self) -> Path:
        return self.data_dir / "merganser.sqlite"

    @property
    def oracle_configured(self) -> bool:
        return bool(self.dsn and self.oracle_user)

    @property
    def model_configured(self) -> bool:
        return bool(self.openai_base_url or self.openai_api_key.get_secret_value())

    @property
    def on_loopback(self) -> bool:
        return self.host in LOOPBACK


def load(**overrides: object) -> Settings:
    """The settings in force. Raises SettingsError that names the setting and the rule, never its value."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(f"{str(e['loc'][0]).upper()}: {_rule(e['msg'])}" for e in error.errors())
        raise SettingsError(reason=wrong) from None


class Setting(NamedTuple):
    """One setting as it is in force, for admins to read; of a secret only whether it is set."""

    name: str
    value: str
    default: str
    about: str
    changed: bool


def in_force(settings: Settings) -> list[Setting]:
    """Every setting, without any secret's value."""
    return [_shown(settings, name, field) for name, field in Settings.model_fields.items()]


def _shown(settings: Settings, name: str, field: FieldInfo) -> Setting:
    value, default = getattr(settings, name), field.get_default(call_default_factory=True, validated_data={})
    return Setting(name.upper(), _plain(value), _plain(default), field.description or "", value != default)


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else ""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else masked(str(value))


def unknown_names(file: Path = Path(".env")) -> list[str]:
    """Names in ``.env`` that no setting has: likely misspelt, so the start warns of them."""
    known = {name.upper() for name in Settings.model_fields}
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    names = (line.removeprefix("export ").partition("=")[0].strip().upper() for line in lines if "=" in line)
    return [name for name in names if name not in known and not name.startswith("#")]


def _rule(message: str) -> str:
    return message.removeprefix("Value error, ")
