"""A database of PostgreSQL with two roles: one owns the tables, the other one works with them."""

from dataclasses import dataclass
from typing import Protocol

OWNER, WORKER = "book_owner", "book_worker"

_MAKE = """
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
            CREATE ROLE {role} LOGIN;
        END IF;
    END $$
"""


class Server(Protocol):
    """What two roles want of a PostgreSQL server."""

    def url(self, name: str) -> str: ...
    def execute(self, sql: str, name: str = ...) -> object: ...


@dataclass(frozen=True)
class TwoRoles:
    """The addresses of one database, as each of the two reaches it."""

    name: str
    owner: str
    worker: str

    @property
    def environment(self) -> dict[str, str]:
        """Of a person who has the owner's address at hand."""
        return {"SERVICING_SERVICING_OWNER_DATABASE": self.owner}


def given(server: Server, name: str) -> TwoRoles:
    """Both roles, of whom the first owns the database."""
    for role in (OWNER, WORKER):
        server.execute(_MAKE.format(role=role))
    server.execute(f"ALTER DATABASE {name} OWNER TO {OWNER}")
    of_all = server.url(name)
    return TwoRoles(name, *(of_all.replace("postgres@", f"{role}@") for role in (OWNER, WORKER)))
