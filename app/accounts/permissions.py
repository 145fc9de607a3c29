"""may(actor, permission): the one place that decides."""

from app.schemas.accounts import Actor, Permission, Role

VIEWER = {Permission.PUBLIC, Permission.READ, Permission.CHAT, Permission.OWN_ACCOUNT}
USER = VIEWER | {Permission.SQL, Permission.RUN_SYNC}
GRANTS = {Role.VIEWER: VIEWER, Role.USER: USER, Role.ADMIN: set(Permission)}
RANK = list(GRANTS)


def may(actor: Actor | None, permission: Permission) -> bool:
    """Whether ``actor`` (None: nobody has signed in) has ``permission``."""
    return permission is Permission.PUBLIC or (actor is not None and permission in GRANTS[actor.role])


def lesser(one: Role, other: Role) -> Role:
    """The role of the two that may less."""
    return min(one, other, key=RANK.index)
