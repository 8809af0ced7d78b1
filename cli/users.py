"""servicing user: who may come in by the pages, and who looked at which card."""

import sys

import click

from cli.door import format_option, in_workspace, now
from servicing import present, words
from servicing.house import people
from servicing.house.people import UserLine, ViewLine
from servicing.house.workspace import Workspace
from servicing.present import Format

password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, not a prompt."
)


def _password(from_stdin: bool) -> str:
    """Typed twice and not shown, or the first line of standard input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


@click.group("user")
def user_group() -> None:
    """The people who come in by the pages."""


@user_group.command("add")
@click.argument("login")
@click.option("--role", type=click.Choice(people.ROLES), required=True, help="What he is.")
@click.option("--name", default="", help="As the pages call him; default: as the book does.")
@click.option("--agent", "agent_no", help="Whose clients an agent sees: her number in the book.")
@click.option("--branch", help="Of a manager: all of this branch.")
@click.option("--team", help="Of a manager: this team.")
@password_option
@in_workspace
def user_add(
    space: Workspace,
    login: str,
    role: people.Role,
    name: str,
    agent_no: str | None,
    branch: str | None,
    team: str | None,
    password_stdin: bool,
) -> None:
    """Make an account; the password is asked for.

    \b
    Example:
      servicing user add chenyan --role agent --agent A00001
    """
    password = _password(password_stdin)
    part = {"agent_no": agent_no, "branch": branch, "team": team}
    user = people.add(login, role, password, now(), name=name, **part)
    click.echo(f"{user.login}: {role}")


@user_group.command("list")
@format_option
@in_workspace
def user_list(space: Workspace, form: Format) -> None:
    """All accounts.

    \b
    Example:
      servicing user list
    """
    lines = people.listed()
    if form == "table":
        rows = (
            {
                **vars(line),
                "role": words.say("role", line.role, space.locale),
                "state": words.say("role", "disabled" if line.is_disabled else "", space.locale),
            }
            for line in lines
        )
        present.emit_table(rows, ["login", "name", "role", "of", "state"], space.locale)
    else:
        present.emit(lines, UserLine, [], form, space.locale)


@user_group.command("disable")
@click.argument("login")
@click.option("--undo", is_flag=True, help="Let him in again.")
@in_workspace
def user_disable(space: Workspace, login: str, undo: bool) -> None:
    """Shut somebody out, at once and everywhere.

    \b
    Example:
      servicing user disable chenyan
    """
    user = people.named(login)
    people.set_disabled(user, not undo)
    click.echo(f"{user.login}: {'enabled' if undo else 'disabled'}")


@user_group.command("password")
@click.argument("login")
@password_option
@in_workspace
def user_password(space: Workspace, login: str, password_stdin: bool) -> None:
    """Give somebody another password; all his sessions end.

    \b
    Example:
      servicing user password chenyan
    """
    user = people.named(login)
    people.set_password(user, _password(password_stdin))
    click.echo(f"{user.login}: password changed, logged out everywhere")


@user_group.command("views")
@click.option("--client", "client_no", help="Of this client's card only.")
@click.option("--login", help="By this person only.")
@format_option
@in_workspace
def user_views(space: Workspace, client_no: str | None, login: str | None, form: Format) -> None:
    """Who looked at which card, the latest first.

    \b
    Example:
      servicing user views --client C000001
    """
    columns = ["at", "login", "user_name", "client_no"]
    views = people.views(client_no, login)
    present.emit(views, ViewLine, columns, form, space.locale)
