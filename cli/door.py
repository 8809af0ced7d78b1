"""What every command is made with: moments and days as words, --format, an opened workspace."""

import contextlib
import datetime
import functools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from policies import cohorts, database, periods
from policies.cohorts import Cohort
from policies.periods import Period
from servicing import workspace
from servicing.present import Format
from servicing.workspace import Workspace


def now() -> datetime.datetime:
    """What the clock on the wall says."""
    return datetime.datetime.now(datetime.UTC)


def clock(at: datetime.datetime | None, space: Workspace) -> Callable[[], datetime.datetime]:
    """The clock on the wall, or one that stands still at the moment a person has named."""
    if at is None:
        return now
    named = at if at.tzinfo else at.replace(tzinfo=space.zone)
    return lambda: named


class Day(click.ParamType[datetime.date]):
    """A date on the command line."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime.date:
        """An ISO date, or a usage error."""
        if isinstance(value, datetime.date):
            return value
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date as YYYY-MM-DD", param, ctx)


class Moment(click.ParamType[datetime.datetime]):
    """A date and time on the command line."""

    name = "datetime"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime.datetime:
        """An ISO 8601 moment; without an offset it is meant in the book's time zone."""
        if isinstance(value, datetime.datetime):
            return value
        try:
            return datetime.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a moment as 2026-05-04T10:00", param, ctx)


class Month(click.ParamType[Cohort]):
    """A calendar month on the command line."""

    name = "month"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Cohort:
        """A month as YYYY-MM, or a usage error."""
        if isinstance(value, int):
            return value
        try:
            return cohorts.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Calendar(click.ParamType[Period]):
    """A month, quarter or year on the command line."""

    name = "period"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Period:
        """A period as 2026-05, 2026-Q2 or 2026, or a usage error."""
        if isinstance(value, Period):
            return value
        try:
            return periods.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


DAY, MOMENT, MONTH, PERIOD = Day(), Moment(), Month(), Calendar()
FILE = click.Path(path_type=Path)


def format_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The --format that every listing command takes."""
    choice = click.Choice(["table", "json", "csv"])
    return click.option("--format", "form", type=choice, default="table", help="How to print it.")(
        command
    )


def in_workspace(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hands the command its workspace, opened."""

    @click.pass_context
    @functools.wraps(command)
    def wrapped(ctx: click.Context, *args: Any, **kwargs: Any) -> Any:
        space = workspace.at(ctx.obj, os.environ)
        space.open()
        try:
            return command(space, *args, **kwargs)
        finally:
            database.database.close()

    return wrapped


@contextlib.contextmanager
def progress(label: str, form: Format) -> Iterator[Callable[[float], None]]:
    """A progress bar on standard error, for a person who waits there."""
    if form != "table" or not sys.stderr.isatty():
        yield lambda fraction: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=1.0)
        yield lambda fraction: bar.update(task, completed=fraction)


def warn(warnings: list[str]) -> None:
    """Say on standard error what went well but should be known."""
    for each in warnings:
        click.echo(f"Warning: {each}", err=True)
