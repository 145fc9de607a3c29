"""The HTML door: people knock here. A handler reads, makes one call and renders."""

from app.guard import Route
from app.pages import preferences

routes: list[Route] = [*preferences.routes]
