"""The WebSocket door: connections that stay open."""

from app.guard import Route

routes: list[Route] = []
