"""servicing user: who may come in by the pages, and who looked at which card."""

import datetime
import sys
from dataclasses import dataclass

import click

from policies import records
from policies.desks import DESKS, Desk
from servicing.cases import desks
from servicing.commands.index import Group
from servicing.commands.options import format_option, gathered, in_workspace, now, tell
from servicing.core import (
    account_emails,
    accounts,
    card_views,
    i18n,
    openid_accounts,
    output,
    second_factors,
)
from servicing.core.accounts import Remit, UserLine
from servicing.core.card_views import ViewLine
from servicing.core.output import Format
from servicing.core.second_factors import FactorLine
from servicing.core.settings import missing
from servicing.operations.workspace import Workspace
from servicing.terminal.words import moment, word

password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, not a prompt."
)


def _password(from_stdin: bool, locale: str) -> str:
    """Typed twice and not shown, or the first line of standard input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    while True:
        first, again = (_asked(word(key, locale)) for key in ("ask_password", "ask_again"))
        if first == again:
            return first
        tell(locale, "passwords_differ", err=True)


def _asked(question: str) -> str:
    return str(click.prompt(question, hide_input=True, err=True))


@click.group("user", cls=Group)
def user_group() -> None:
    """Manage the accounts of the pages.

    \b
    Example:
      servicing user list
    """


@dataclass(frozen=True)
class AccountOptions:
    """A new account: its role, its name, and the part of the book that it sees."""

    role: accounts.Role
    name: str
    agent_no: str | None
    branch: str | None
    team: str | None
    openid: bool
    subject: str


subject_option = click.option(
    "--subject", default="", help="As whom the provider knows the person; else by the first login."
)


@user_group.command("add")
@click.argument("login")
@click.option("--role", type=click.Choice(accounts.ROLES), required=True, help="The role.")
@click.option("--name", default="", help="The name on the pages; default: the agent's in the book.")
@click.option(
    "--agent", "agent_no", help="Of an agent: the agent number, whose clients the account sees."
)
@click.option("--branch", help="Of a manager: all of this branch.")
@click.option("--team", help="Of a manager: this team.")
@click.option(
    "--openid", is_flag=True, help="The person comes in by the provider, without a password here."
)
@subject_option
@password_option
@in_workspace
@gathered(AccountOptions)
def user_add(space: Workspace, asked: AccountOptions, login: str, password_stdin: bool) -> None:
    """Make an account; the command asks for the password.

    The password is temporary: whoever logs in with it has to choose another one first. With --openid no
    password is asked for.

    \b
    Example:
      servicing user add chenyan --role agent --agent A00001
    """
    issuer = _issuer(space) if asked.openid or asked.subject else ""
    openid_accounts.check_free(issuer, asked.subject)
    password = None if issuer else _password(password_stdin, space.locale)
    remit = Remit(asked.agent_no, asked.branch, asked.team)
    company = space.settings.servicing.company
    user = accounts.add(login, asked.role, password, now(), remit, asked.name, company)
    if asked.subject:
        openid_accounts.know_as(user, now(), issuer, asked.subject)
    made_as = i18n.say("role", asked.role, space.locale)
    tell(space.locale, "user_made", login=user.login, role=made_as)


def _issuer(space: Workspace) -> str:
    """The provider of the workspace; raises `BadSetting` where it has none."""
    issuer = space.settings.web.openid.issuer
    if not issuer:
        raise missing("web.openid", "issuer")
    return issuer


@user_group.command("openid")
@click.argument("login")
@subject_option
@in_workspace
def user_openid(space: Workspace, login: str, subject: str) -> None:
    """Let somebody come in by the provider of [web.openid] alone, from now on.

    Their password and all their sessions are over. Done again, the provider may know them as somebody
    else. The command "user password" takes it back.

    \b
    Example:
      servicing user openid chenyan
    """
    issuer, user = _issuer(space), accounts.named(login)
    openid_accounts.make_by_provider(user, now(), issuer, subject)
    tell(space.locale, "user_by_provider", login=user.login)


@user_group.command("desks")
@click.argument("login")
@click.argument("names", nargs=-1, type=click.Choice(DESKS), metavar="[DESK]...")
@in_workspace
def user_desks(space: Workspace, login: str, names: tuple[Desk, ...]) -> None:
    """Say of which desks somebody is, and of no others; without a desk, of none.

    \b
    Example:
      servicing user desks chenyan complaint callback
    """
    user = accounts.named(login)
    desks.put(user, set(names), now())
    key = "user_desks" if names else "user_no_desk"
    tell(space.locale, key, login=user.login, desks=", ".join(sorted(set(names))))


@user_group.command("list")
@format_option
@in_workspace
def user_list(space: Workspace, form: Format) -> None:
    """List all accounts.

    \b
    Example:
      servicing user list
    """
    lines = accounts.listed()
    if form == "table":
        rows = (
            {
                **records.named(line),
                "role": i18n.say("role", line.role, space.locale),
                "unit": line.of,
                "way_in": _way_in(line, space.locale),
                "state": _state(line, space.locale),
            }
            for line in lines
        )
        columns = ["login", "name", "role", "unit", "way_in", "state"]
        output.emit_table(rows, columns, space.locale)
    else:
        output.emit(lines, UserLine, [], form, space.locale)


def _way_in(line: UserLine, locale: str) -> str:
    """By what they come in, where it is not a password alone."""
    if line.by_provider:
        return i18n.say("role", "by_provider", locale)
    return i18n.say("role", "second_factor" if line.has_second_factor else "", locale)


def _state(line: UserLine, locale: str) -> str:
    """Why nobody logs in with it; empty where somebody may."""
    if line.is_disabled or line.left_on is None:
        return i18n.say("role", "disabled" if line.is_disabled else "", locale)
    return i18n.say("role", "left", locale, day=line.left_on)


@user_group.command("disable")
@click.argument("login")
@click.option("--undo", is_flag=True, help="Enable the account again.")
@in_workspace
def user_disable(space: Workspace, login: str, undo: bool) -> None:
    """Disable an account, at once and everywhere.

    \b
    Example:
      servicing user disable chenyan
    """
    user = accounts.named(login)
    accounts.set_disabled(user, not undo, now())
    tell(space.locale, "user_enabled" if undo else "user_disabled", login=user.login)
    left_on = user.agent.left_on if user.agent else None
    if undo and left_on:
        tell(space.locale, "user_left", login=user.login, day=left_on)


@user_group.command("email")
@click.argument("login")
@click.argument("address", required=False)
@click.option("--none", "is_none", is_flag=True, help="The account has no address any more.")
@in_workspace
def user_email(space: Workspace, login: str, address: str | None, is_none: bool) -> None:
    """Show the email address of an account, or give it another one.

    Managers read the mail of the week there.

    \b
    Example:
      servicing user email chenyan chenyan@example.com
    """
    user = accounts.named(login)
    if address or is_none:
        account_emails.put(user, "" if is_none else address or "", now())
        user = accounts.named(login)
    key = "user_email" if user.email else "user_no_email"
    tell(space.locale, key, login=user.login, email=user.email)


@user_group.command("password")
@click.argument("login")
@password_option
@in_workspace
def user_password(space: Workspace, login: str, password_stdin: bool) -> None:
    """Give an account another password; all its sessions end.

    The password is temporary: whoever logs in with it has to choose another one first.

    \b
    Example:
      servicing user password chenyan
    """
    user = accounts.named(login)
    password = _password(password_stdin, space.locale)
    accounts.set_password(user, password, now(), space.settings.servicing.company)
    tell(space.locale, "password_changed", login=user.login)


_FACTORS = {
    "app": "factor_app",
    "passkey": "factor_passkey",
    "recovery_codes": "factor_recovery_codes",
}


@user_group.command("second-factor")
@click.argument("login")
@click.option("--reset", is_flag=True, help="Take all of it away; all sessions of the account end.")
@format_option
@in_workspace
def user_second_factor(space: Workspace, login: str, reset: bool, form: Format) -> None:
    """Show the second factors of an account, or take them away where they are lost.

    \b
    Example:
      servicing user second-factor chenyan
    """
    user = accounts.named(login)
    if reset:
        told = "factors_reset" if second_factors.reset(user, now()) else "no_factors"
        tell(space.locale, told, login=user.login, err=form != "table")
    lines = second_factors.lines(user)
    if form != "table":
        output.emit(lines, FactorLine, [], form, space.locale)
    elif lines:
        rows = (_row(each, space.locale, space.zone) for each in lines)
        output.emit_table(rows, ["factor", "name", "since", "used", "state"], space.locale)
    elif not reset:
        tell(space.locale, "no_factors", login=user.login)


def _row(line: FactorLine, locale: str, zone: datetime.tzinfo) -> dict[str, object]:
    """A factor as a table shows it."""
    left = "" if line.left is None else word("factor_left", locale, count=line.left)
    return {
        "factor": word(_FACTORS[line.factor], locale),
        "name": line.name,
        "since": moment(line.made_at, zone),
        "used": moment(line.used_at, zone) if line.used_at else "",
        "state": word("factor_doubted", locale) if line.is_doubted else left,
    }


@user_group.command("views")
@click.option("--client", "client_no", help="Of this client's card only.")
@click.option("--login", help="By this person only.")
@format_option
@in_workspace
def user_views(space: Workspace, client_no: str | None, login: str | None, form: Format) -> None:
    """List who looked at which card, or saw a client in a list, the latest first.

    \b
    Example:
      servicing user views --client C000001
    """
    columns = ["at", "login", "user_name", "client_no", "place"]
    views = card_views.views(client_no, login)
    if form == "table":
        output.emit_table((_look(each, space) for each in views), columns, space.locale)
    else:
        output.emit(views, ViewLine, columns, form, space.locale)


def _look(line: ViewLine, space: Workspace) -> dict[str, object]:
    """A look as a table shows it."""
    place = i18n.say("seen_at", line.place, space.locale)
    return {**records.named(line), "at": moment(line.at, space.zone), "place": place}
