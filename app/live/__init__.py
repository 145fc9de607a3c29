"""The WebSocket door: connections that stay open."""

from app.live import agent, panes, progress

routes = [*agent.routes, *panes.routes, *progress.routes]
