"""The AppKeys: everything alive in the process."""

import asyncio
from typing import Any

from aiohttp import web

from app.accounts.service import AccountService
from app.agent.chats import Chats
from app.agent.known import Knowledge
from app.agent.service import SyncAgent
from app.audit import Audit
from app.config import Settings
from app.hub import Hub
from app.metrics import Metrics
from app.oracle import Oracle
from app.query.service import QueryService
from app.scheduler.service import Scheduler
from app.store import Store
from app.sync.service import SyncService
from app.sync.starts import Starts
from app.warehouse import Warehouse

SETTINGS = web.AppKey("settings", Settings)
HUB = web.AppKey("hub", Hub)
STORE = web.AppKey("store", Store)
ORACLE = web.AppKey("oracle", Oracle)
SYNC = web.AppKey("sync", SyncService)
WAREHOUSE = web.AppKey("warehouse", Warehouse)
QUERY = web.AppKey("query", QueryService)
STARTS = web.AppKey("starts", Starts)
SCHEDULER = web.AppKey("scheduler", Scheduler)
METRICS = web.AppKey("metrics", Metrics)
ACCOUNTS = web.AppKey("accounts", AccountService)
AUDIT = web.AppKey("audit", Audit)
AGENT = web.AppKey("agent", SyncAgent)
KNOWLEDGE = web.AppKey("knowledge", Knowledge)
CHATS = web.AppKey("chats", Chats)
LOOSE = web.AppKey("loose", set[asyncio.Task[Any]])  # small work that outlives its request; kept so that it is not lost
