"""A person agrees before what is large, or hard to take back, is done."""

import sys
from typing import TYPE_CHECKING

import click

from servicing.core import errors
from servicing.operations.workspace import Workspace
from servicing.terminal.words import word

if TYPE_CHECKING:  # whoever asks has loaded it
    from servicing.projections.compare import Difference

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def agreed(found: "Difference", space: Workspace, yes: bool) -> bool:
    """Show what would change, and ask about it where that is much.

    Raises `NotAgreed` where nobody is there to be asked, or says no.
    """
    from servicing.terminal import projections

    projections.show_difference(found, space.plan, space.locale)
    most = space.settings.ahead.ask_above
    if yes or found.count <= most:
        return True
    if not said_yes(word("agree", space.locale, count=found.count, most=most)):
        raise errors.NotAgreed(found.count, most)
    return True


def said_yes(question: str) -> bool:
    """The answer of whoever sits at the terminal; where nobody does, it is no."""
    return sys.stdin.isatty() and click.confirm(question)
