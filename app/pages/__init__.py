"""The HTML door: people knock here. A handler reads, makes one call and renders."""

from app.guard import Route
from app.pages import preferences, sync, targets

routes: list[Route] = [*preferences.routes, *sync.routes, *targets.routes]
