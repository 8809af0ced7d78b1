"""A person agrees to a large change of the plan or of the texts before it is used."""

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
    question = word("agree", space.locale, count=found.count, most=most)
    if not sys.stdin.isatty() or not click.confirm(question):
        raise errors.NotAgreed(found.count, most)
    return True
