"""The WebSocket door: connections that stay open."""

from app.live import progress

routes = [*progress.routes]
