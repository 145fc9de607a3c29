"""The AppKeys: everything alive in the process."""

from aiohttp import web

from app.config import Settings
from app.hub import Hub
from app.store import Store
from app.warehouse import Warehouse

SETTINGS = web.AppKey("settings", Settings)
HUB = web.AppKey("hub", Hub)
STORE = web.AppKey("store", Store)
WAREHOUSE = web.AppKey("warehouse", Warehouse)
