"""servicing init: a workspace is made."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from policies import dates
from policies.notices import notice
from servicing.commands import deeds, refusal
from servicing.commands.options import gathered, now, tell, warn
from servicing.core import audit_log, i18n, settings_file
from servicing.core.settings import General
from servicing.core.settings_file import USUAL, check_new
from servicing.operations import edited_files, modes, workspace
from servicing.terminal.words import word


@dataclass(frozen=True)
class NewBook:
    """Whose book a workspace is for; None: nobody has said it."""

    country: str | None
    subdivision: str | None
    locale: str | None
    timezone: str | None
    company: str | None


@click.command("init")
@click.option(
    "--database", "url", default="sqlite:///servicing.db", help="sqlite:///FILE or postgresql://..."
)
@click.option(
    "--owner-database",
    "owner_url",
    envvar="SERVICING_SERVICING_OWNER_DATABASE",
    default="",
    help="The same of PostgreSQL as the owner of its tables, who makes them; it is not kept.",
)
@click.option("--country", help="Whose working days and phone numbers are meant: CN, US, GB ...")
@click.option("--subdivision", help="The part of it whose holidays are meant: ENG, SCT, CA ...")
@click.option("--locale", help="The language: zh_CN or en.")
@click.option("--timezone", help="Of the book; default: the country's, as Europe/London.")
@click.option("--company", help="The name with which messages are signed.")
@gathered(NewBook)
@click.pass_obj
def init_command(home: Path, asked: NewBook, url: str, owner_url: str) -> None:
    """Make a workspace: its settings and its database.

    At a terminal the command asks for the country, language, time zone and company that are not said.
    Elsewhere it takes CN, zh_CN, the country's time zone and a name that is made up.

    \b
    Example:
      servicing --home office init --country GB --locale en
    """
    language = refusal.language(home, os.environ)
    check_new(home, USUAL)
    said = _settled(asked, language)
    path = workspace.create(home, url, said, owner_url)
    with audit_log.acting(deeds.actor()):  # the next who looks is to find nothing new
        edited_files.notice(home, now(), by="init")
    for each in modes.open_to_others(home, settings_file.load(home, {}).servicing):
        told = i18n.say("attention", "open_to_others", language, what=each.told, how=each.mend)
        warn([told], language)
    if not said.subdivision and (parts := dates.subdivisions(said.country)):
        warn([notice("subdivisions_differ", country=said.country, known=parts)], language)
    tell(language, "workspace_made", path=path)


def _settled(asked: NewBook, language: str) -> General:
    """What was said, asked for, or is usual."""
    country = asked.country or _asked("country", USUAL.country, language)
    zone = USUAL.timezone if country == USUAL.country else dates.first_timezone(country)
    return General(
        country=country,
        subdivision=asked.subdivision or "",
        locale=asked.locale or _asked("locale", USUAL.locale, language),
        timezone=asked.timezone or _asked("timezone", zone or USUAL.timezone, language),
        company=asked.company or _asked("company", USUAL.company, language),
    )


def _asked(what: str, usual: str, language: str) -> str:
    """A person's answer, or what is usual where nobody is there."""
    if not sys.stdin.isatty():
        return usual
    return str(click.prompt(word(f"init_{what}", language), default=usual, err=True)).strip()
