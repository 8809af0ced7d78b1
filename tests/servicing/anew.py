"""Workspaces beside each other, for a book that moves from one into another."""

from collections.abc import Mapping
from typing import Protocol

from servicing.operations.workspace import Workspace


class Anew(Protocol):
    """`anew("two")`: another workspace, opened, with nobody in it, on the same kind of database."""

    def __call__(self, name: str, environment: Mapping[str, str] | None = None, /) -> Workspace: ...
