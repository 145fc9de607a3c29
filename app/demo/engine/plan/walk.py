"""Looking through nodes: the parts of a condition, and whether something is in a tree."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from app.demo.engine.sql import nodes


def conjuncts(node: Any) -> list[Any]:
    """The conditions that AND joins."""
    if isinstance(node, nodes.Binary) and node.op == "AND":
        return conjuncts(node.left) + conjuncts(node.right)
    return [] if node is None else [node]


def inside(node: Any) -> Iterator[Any]:
    """The node and everything below it, without going into subqueries."""
    if isinstance(node, (list, tuple)):
        for each in node:
            yield from inside(each)
    elif isinstance(node, nodes.Node):
        yield node
        if isinstance(node, nodes.Query):
            return
        for each in dataclasses.fields(node):
            yield from inside(getattr(node, each.name))


def names(node: Any, word: str) -> bool:
    """Whether the pseudo column ``word`` is used in it."""
    return any(isinstance(each, nodes.Name) and each.parts == (word,) and not each.quoted for each in inside(node))
