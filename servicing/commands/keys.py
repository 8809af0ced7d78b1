"""servicing keys: what signs the cookies of the pages and the links in messages."""

import click

from servicing.commands.index import Group
from servicing.commands.options import format_option, in_workspace, now, tell
from servicing.core import output
from servicing.core.output import Format
from servicing.operations import keyring
from servicing.operations.keyring import KeyLine
from servicing.operations.workspace import Workspace
from servicing.terminal.words import word

_STATES = {
    "signs": "key_signs",
    "verifies": "key_verifies",
    "expired": "key_expired",
    "foreign": "key_foreign",
}


@click.group("keys", cls=Group)
def keys_group() -> None:
    """Renew the keys that sign sessions and links, and list them.

    \b
    Example:
      servicing keys list
    """


@keys_group.command("list")
@format_option
@in_workspace
def keys_list(space: Workspace, form: Format) -> None:
    """List the keys of this workspace by their fingerprints, the newest first.

    \b
    Example:
      servicing keys list
    """
    found = keyring.lines(space.home, space.keys_said, space.today(now()))
    if form != "table":
        output.emit(found, KeyLine, [], form, space.locale)
        return
    rows = (
        {
            "fingerprint": each.fingerprint,
            "state": word(_STATES[each.state], space.locale),
            "until": each.links_until or "",
        }
        for each in found
    )
    output.emit_table(rows, ["fingerprint", "state", "until"], space.locale)


@keys_group.command("rotate")
@click.option(
    "--forget",
    is_flag=True,
    help="Forget the keys before: links sent until now and calendar addresses open nothing any more.",
)
@in_workspace
def keys_rotate(space: Workspace, forget: bool) -> None:
    """Sign with a new key from now on; everybody logs in anew.

    Links in messages that were sent go on working for three years. Use `--forget` where a key is lost or
    known to others.

    \b
    Example:
      servicing keys rotate
    """
    moment = now()
    ring = keyring.rotate(space.home, space.keys_said, moment, space.today(moment), forget)
    told = "keys_forgotten" if forget else "keys_rotated"
    tell(space.locale, told, fingerprint=ring.fingerprint)
    if not space.keys_said:
        tell(space.locale, "keys_to_machines", path=space.home / keyring.FILE)
