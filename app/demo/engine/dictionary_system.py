"""Dictionary views of the system: privileges, version, database, NLS, sessions, users."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.demo.engine.catalog import Catalog
from app.demo.engine.clock import Clock

Rows = list[dict[str, Any]]


@dataclass
class Facts:
    """What a view is made from."""

    catalog: Catalog
    clock: Clock
    user: str
    scope: str
    live: dict[str, Any]
    settings: Any

    @property
    def now(self) -> int:
        """The moment."""
        return self.clock.now()


def _session_privs(facts: Facts) -> Rows:
    user = facts.catalog.users[facts.user]
    held = set(user.privileges)
    if user.admin:
        held |= {"SELECT ANY TABLE", "SELECT ANY DICTIONARY", "FLASHBACK ANY TABLE", "CREATE ANY TABLE"}
    return [{"PRIVILEGE": name} for name in sorted(held)]


def _user_sys_privs(facts: Facts) -> Rows:
    return [
        {"USERNAME": facts.user, "PRIVILEGE": row["PRIVILEGE"], "ADMIN_OPTION": "NO"} for row in _session_privs(facts)
    ]


def _version(facts: Facts) -> Rows:
    banner = facts.live["banner"]
    return [{"BANNER": banner, "BANNER_FULL": banner, "BANNER_LEGACY": banner, "CON_ID": 0}]


def _product(facts: Facts) -> Rows:
    head = facts.live["banner"].partition(" Release ")[0]
    return [{"PRODUCT": head, "VERSION": facts.live["version"], "VERSION_FULL": facts.live["version"],
             "STATUS": "Production"}]  # fmt: skip


def _database(facts: Facts) -> Rows:
    return [{"DBID": 4711, "NAME": "DEMO", "CREATED": facts.clock.started, "LOG_MODE": "ARCHIVELOG",
             "OPEN_MODE": "READ WRITE", "DATABASE_ROLE": "PRIMARY", "CURRENT_SCN": facts.clock.scn,
             "CHECKPOINT_CHANGE#": facts.clock.scn, "PLATFORM_NAME": "Linux x86 64-bit", "DB_UNIQUE_NAME": "demo",
             "FLASHBACK_ON": "NO", "CDB": "NO", "CON_ID": 0}]  # fmt: skip


def _instance(facts: Facts) -> Rows:
    return [{"INSTANCE_NUMBER": 1, "INSTANCE_NAME": "demo", "HOST_NAME": "merganser-demo", "STATUS": "OPEN",
             "VERSION": facts.live["version"], "STARTUP_TIME": facts.clock.started,
             "VERSION_FULL": facts.live["version"],
             "DATABASE_STATUS": "ACTIVE", "INSTANCE_ROLE": "PRIMARY_INSTANCE", "CON_ID": 0}]  # fmt: skip


def _sessions(facts: Facts) -> Rows:
    return [
        {"SID": each["sid"], "SERIAL#": each["serial"], "USERNAME": each["user"], "STATUS": "ACTIVE", "TYPE": "USER",
         "SCHEMANAME": each["schema"], "OSUSER": each.get("OSUSER"), "MACHINE": each.get("MACHINE"),
         "PROGRAM": each.get("PROGRAM"), "MODULE": each.get("MODULE"), "ACTION": each.get("ACTION"),
         "CLIENT_INFO": each.get("CLIENT_INFO"), "CLIENT_IDENTIFIER": each.get("CLIENT_IDENTIFIER"),
         "LOGON_TIME": each["since"], "AUDSID": each["sid"], "CON_ID": 0}
        for each in facts.live["sessions"]
    ]  # fmt: skip


_NLS = {
    "NLS_LANGUAGE": "AMERICAN", "NLS_TERRITORY": "AMERICA", "NLS_CURRENCY": "$", "NLS_ISO_CURRENCY": "AMERICA",
    "NLS_NUMERIC_CHARACTERS": ".,", "NLS_CALENDAR": "GREGORIAN", "NLS_DATE_FORMAT": "DD-MON-RR",
    "NLS_DATE_LANGUAGE": "AMERICAN", "NLS_SORT": "BINARY", "NLS_TIME_FORMAT": "HH.MI.SSXFF AM",
    "NLS_TIMESTAMP_FORMAT": "DD-MON-RR HH.MI.SSXFF AM", "NLS_TIME_TZ_FORMAT": "HH.MI.SSXFF AM TZR",
    "NLS_TIMESTAMP_TZ_FORMAT": "DD-MON-RR HH.MI.SSXFF AM TZR", "NLS_DUAL_CURRENCY": "$", "NLS_COMP": "BINARY",
    "NLS_LENGTH_SEMANTICS": "BYTE", "NLS_NCHAR_CONV_EXCP": "FALSE",
}  # fmt: skip


def _nls_database(_facts: Facts) -> Rows:
    fixed = {**_NLS, "NLS_CHARACTERSET": "AL32UTF8", "NLS_NCHAR_CHARACTERSET": "AL16UTF16", "NLS_RDBMS_VERSION": "19.0"}
    return [{"PARAMETER": name, "VALUE": value} for name, value in fixed.items()]


def _nls_session(facts: Facts) -> Rows:
    known = dict(_NLS)
    if facts.settings is not None:
        known |= {"NLS_DATE_FORMAT": facts.settings.date_format, "NLS_TIMESTAMP_FORMAT": facts.settings.stamp_format,
                  "NLS_TIMESTAMP_TZ_FORMAT": facts.settings.zoned_format,
                  "NLS_NUMERIC_CHARACTERS": facts.settings.marks}  # fmt: skip
        known |= {name: value for name, value in facts.settings.others if name in known}
    return [{"PARAMETER": name, "VALUE": value} for name, value in known.items()]


def _v_nls(facts: Facts) -> Rows:
    return [*_nls_session(facts), {"PARAMETER": "NLS_CHARACTERSET", "VALUE": "AL32UTF8"},
            {"PARAMETER": "NLS_NCHAR_CHARACTERSET", "VALUE": "AL16UTF16"}]  # fmt: skip


def _parameter(facts: Facts) -> Rows:
    known = {"db_name": "demo", "db_block_size": "8192", "open_cursors": "300", "undo_retention": "900",
             "compatible": facts.live["version"], "service_names": "demo", "max_string_size": "EXTENDED",
             "db_domain": None, "processes": "300", "nls_characterset": None}  # fmt: skip
    return [{"NUM": i, "NAME": name, "VALUE": value, "DISPLAY_VALUE": value, "TYPE": 2, "ISDEFAULT": "TRUE"}
            for i, (name, value) in enumerate(known.items())]  # fmt: skip


def _users(facts: Facts) -> Rows:
    users = facts.catalog.users.values()
    return [
        {"USERNAME": user.name, "USER_ID": user.id, "CREATED": user.created, "COMMON": "NO", "ORACLE_MAINTAINED": "N",
         "ACCOUNT_STATUS": "OPEN", "DEFAULT_TABLESPACE": "USERS", "TEMPORARY_TABLESPACE": "TEMP", "OWNER": user.name}
        for user in users
    ]  # fmt: skip


def _user_users(facts: Facts) -> Rows:
    return [row for row in _users(facts) if row["USERNAME"] == facts.user]


def _roles(_facts: Facts) -> Rows:
    return [{"ROLE": "CONNECT"}]


def _none(_facts: Facts) -> Rows:
    return []


def _dual(_facts: Facts) -> Rows:
    return [{"DUMMY": "X"}]


VIEWS: dict[str, tuple[str, Callable[[Facts], Rows]]] = {
    "DUAL": ("DUMMY", _dual),
    "SESSION_PRIVS": ("PRIVILEGE", _session_privs),
    "SESSION_ROLES": ("ROLE", _roles),
    "ALL_SYS_PRIVS": ("USERNAME PRIVILEGE ADMIN_OPTION", _user_sys_privs),
    "ALL_ROLE_PRIVS": ("USERNAME GRANTED_ROLE ADMIN_OPTION DEFAULT_ROLE", _none),
    "V$VERSION": ("BANNER:t BANNER_FULL:t BANNER_LEGACY:t CON_ID:n", _version),
    "PRODUCT_COMPONENT_VERSION": ("PRODUCT:t VERSION VERSION_FULL STATUS", _product),
    "V$DATABASE": (
        (
            "DBID:n NAME CREATED:d LOG_MODE OPEN_MODE DATABASE_ROLE CURRENT_SCN:n CHECKPOINT_CHANGE#:n "
            "PLATFORM_NAME DB_UNIQUE_NAME FLASHBACK_ON CDB CON_ID:n"
        ),
        _database,
    ),
    "V$INSTANCE": (
        (
            "INSTANCE_NUMBER:n INSTANCE_NAME HOST_NAME STATUS VERSION STARTUP_TIME:d VERSION_FULL DATABASE_STATUS "
            "INSTANCE_ROLE CON_ID:n"
        ),
        _instance,
    ),
    "V$SESSION": (
        (
            "SID:n SERIAL#:n USERNAME STATUS TYPE SCHEMANAME OSUSER MACHINE PROGRAM MODULE ACTION CLIENT_INFO "
            "CLIENT_IDENTIFIER LOGON_TIME:d AUDSID:n CON_ID:n"
        ),
        _sessions,
    ),
    "NLS_DATABASE_PARAMETERS": ("PARAMETER VALUE", _nls_database),
    "NLS_INSTANCE_PARAMETERS": ("PARAMETER VALUE", _nls_database),
    "NLS_SESSION_PARAMETERS": ("PARAMETER VALUE", _nls_session),
    "V$NLS_PARAMETERS": ("PARAMETER VALUE", _v_nls),
    "V$PARAMETER": ("NUM:n NAME VALUE:t DISPLAY_VALUE:t TYPE:n ISDEFAULT", _parameter),
    "ALL_USERS": ("USERNAME USER_ID:n CREATED:d COMMON ORACLE_MAINTAINED", _users),
    "USER_USERS": ("USERNAME USER_ID:n ACCOUNT_STATUS DEFAULT_TABLESPACE TEMPORARY_TABLESPACE CREATED:d", _user_users),
    "ALL_MVIEWS": ("OWNER MVIEW_NAME CONTAINER_NAME QUERY:l", _none),
    "ALL_DB_LINKS": ("OWNER DB_LINK USERNAME HOST:t CREATED:d", _none),
    "ALL_TRIGGERS": ("OWNER TRIGGER_NAME TRIGGER_TYPE TRIGGERING_EVENT TABLE_OWNER TABLE_NAME STATUS", _none),
    "ALL_PROCEDURES": ("OWNER OBJECT_NAME PROCEDURE_NAME OBJECT_TYPE", _none),
    "ALL_ARGUMENTS": ("OWNER OBJECT_NAME PACKAGE_NAME ARGUMENT_NAME POSITION:n DATA_TYPE", _none),
    "ALL_SOURCE": ("OWNER NAME TYPE LINE:n TEXT:t", _none),
    "ALL_TYPES": ("OWNER TYPE_NAME TYPECODE ATTRIBUTES:n", _none),
    "ALL_EXTERNAL_TABLES": ("OWNER TABLE_NAME", _none),
    "ALL_NESTED_TABLES": ("OWNER TABLE_NAME PARENT_TABLE_NAME", _none),
    "ALL_LOG_GROUPS": ("OWNER LOG_GROUP_NAME TABLE_NAME LOG_GROUP_TYPE ALWAYS", _none),
    "ALL_PART_TABLES": ("OWNER TABLE_NAME PARTITIONING_TYPE", _none),
    "ALL_TAB_PARTITIONS": ("TABLE_OWNER TABLE_NAME PARTITION_NAME PARTITION_POSITION:n", _none),
    "ALL_OBJECT_TABLES": ("OWNER TABLE_NAME", _none),
}
