"""The HTML door: people knock here. A handler reads, makes one call and renders."""

from app.guard import Route
from app.pages import (
    account,
    admin,
    agent,
    charts,
    columns,
    dashboard,
    login,
    preferences,
    scheduler,
    sql,
    sync,
    tables,
    targets,
)

routes: list[Route] = [
    *dashboard.routes,
    *login.routes,
    *account.routes,
    *admin.routes,
    *agent.routes,
    *preferences.routes,
    *tables.routes,
    *columns.routes,
    *charts.routes,
    *sql.routes,
    *sync.routes,
    *targets.routes,
    *scheduler.routes,
]
