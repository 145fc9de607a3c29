"""The JSON door: programs knock here. A handler reads, makes one call and answers."""

from app.api import accounts, chats, docs, health, metrics, openapi, scheduler, sources, sql, sync, tables, targets

routes = [
    *accounts.routes,
    *health.routes,
    *tables.routes,
    *sql.routes,
    *sources.routes,
    *targets.routes,
    *sync.routes,
    *scheduler.routes,
    *chats.routes,
    *metrics.routes,
    *openapi.routes,
    *docs.routes,
]
