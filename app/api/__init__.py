"""The JSON door: programs knock here. A handler reads, makes one call and answers."""

from app.api import health

routes = [*health.routes]
