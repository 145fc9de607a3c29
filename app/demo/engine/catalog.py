"""Users, objects and grants by name, and who may see what."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from app.demo.engine.errors import ora
from app.demo.engine.objects import Index, Sequence, Synonym, Table, Thing, User, View

# What a system privilege opens: object privilege -> the ANY privileges that give it.
_ANY = {
    "SELECT": ("SELECT ANY TABLE",),
    "READ": ("SELECT ANY TABLE", "READ ANY TABLE"),
    "INSERT": ("INSERT ANY TABLE",),
    "UPDATE": ("UPDATE ANY TABLE",),
    "DELETE": ("DELETE ANY TABLE",),
    "FLASHBACK": ("FLASHBACK ANY TABLE",),
}


class Catalog:
    """The names of everything. ``version`` grows with every change, so that plans and dictionary views can be kept."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.things: dict[tuple[str, str], Thing] = {}
        self.indexes: dict[tuple[str, str], Index] = {}
        self.grants: dict[tuple[str, str], dict[str, dict[str, bool]]] = {}
        self.grantors: dict[tuple[str, str, str, str], str] = {}
        self.version = 0
        self.ids = itertools.count(70001)
        self.names = itertools.count(7000)

    def changed(self) -> None:
        """Something did; plans must be made anew."""
        self.version += 1

    def add_user(self, name: str, password: str, now: int, *privileges: str, admin: bool = False) -> User:
        """A login with a schema of its own."""
        user = User(name, password, 100 + len(self.users), now, set(privileges), admin)
        self.users[name] = user
        self.changed()
        return user

    def find(self, schema: str, path: tuple[str, ...]) -> Thing | None:
        """What ``[owner.]name`` means in ``schema``: own object, public synonym; synonyms are followed."""
        owner, name = (path[0], path[1]) if len(path) > 1 else (schema, path[0])
        thing = self.things.get((owner, name))
        if thing is None and len(path) == 1:
            thing = self.things.get(("PUBLIC", name))
        for _ in range(20):
            if not isinstance(thing, Synonym):
                return thing
            thing = self.things.get(thing.target)
        raise ora(1775)

    def may(self, user: str, thing: Thing, privilege: str) -> bool:
        """Whether ``user`` has that object privilege, by ownership, grant or an ANY privilege."""
        if thing.owner in (user, "SYS") or self.users[user].admin:
            return True
        given = self.grants.get((thing.owner, thing.name), {})
        wanted = (privilege, "READ", "SELECT") if privilege in ("SELECT", "READ") else (privilege,)
        if any(each in given.get(who, {}) for who in (user, "PUBLIC") for each in wanted):
            return True
        return any(each in self.users[user].privileges for each in _ANY.get(privilege, ()))

    def sees(self, user: str, thing: Thing) -> bool:
        """Whether the thing is in the ALL_ views of ``user``."""
        if thing.owner in (user, "PUBLIC") or self.users[user].admin:
            return True
        given = self.grants.get((thing.owner, thing.name), {})
        if given.get(user) or given.get("PUBLIC"):
            return True
        return any(each in self.users[user].privileges for each in ("SELECT ANY TABLE", "SELECT ANY DICTIONARY"))

    def need(self, user: str, thing: Thing | None, privilege: str, at: int) -> Thing:
        """The thing, if ``user`` may. ORA-00942 when it is not visible at all, ORA-01031 when only this is missing."""
        if thing is None:
            raise ora(942, at=at)
        if self.may(user, thing, privilege):
            return thing
        raise ora(1031 if self.sees(user, thing) else 942, at=at)

    def visible(self, user: str, *kinds: type) -> Iterator[Thing]:
        """Everything of these kinds that ``user`` sees, by owner and name."""
        for _, thing in sorted(self.things.items()):
            if isinstance(thing, kinds) and self.sees(user, thing):
                yield thing

    def add(self, thing: Thing) -> None:
        """Enter a new object. Raises ORA-00955."""
        key = (thing.owner, thing.name)
        if key in self.things:
            raise ora(955)
        self.things[key] = thing
        self.changed()

    def drop(self, thing: Thing) -> None:
        """Forget an object and its grants."""
        self.things.pop((thing.owner, thing.name), None)
        self.grants.pop((thing.owner, thing.name), None)
        self.changed()

    def grant(self, thing: Thing, privilege: str, who: str, by: str, grantable: bool = False) -> None:
        """Give an object privilege. Raises ORA-01917."""
        if who != "PUBLIC" and who not in self.users:
            raise ora(1917, who)
        self.grants.setdefault((thing.owner, thing.name), {}).setdefault(who, {})[privilege] = grantable
        self.grantors[thing.owner, thing.name, who, privilege] = by
        self.changed()

    def system_name(self) -> str:
        """A name like Oracle's for what nobody named."""
        return f"SYS_C00{next(self.names)}"

    def tables(self) -> Iterator[Table]:
        """Every table."""
        return (thing for thing in self.things.values() if isinstance(thing, Table))


__all__ = ["Catalog", "Index", "Sequence", "Synonym", "Table", "Thing", "User", "View"]
