"""A refusal in the language of whoever reads it: a sentence on standard error, and the exit code.

Errors carry codes; here, at the edge, they become words. What helps at the command line alone, such as
the option to use, is a hint of its own (section `hint`). What Click complains of in how a command was
typed is said in our words, too.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import click

from policies import controls
from policies.errors import ServicingError
from policies.notices import Notice, notice, of_system
from servicing.core import i18n, settings_file

REFUSED, USAGE = 1, 2
"""Exit codes."""

_CLICK_SAYS = {
    r"Got unexpected extra arguments? \((?P<extra>.*)\)": "extra_arguments",
    r"Option '(?P<name>.*)' requires (?:an argument|\d+ arguments)\.": "option_needs_value",
    r"Option '(?P<name>.*)' does not take a value\.": "option_takes_no_value",
    r"'(?P<value>.*)' is not one of (?P<choices>.*)\.": "not_a_choice_of",
    r"'(?P<value>.*)' is not a valid (?:integer|float)(?: range)?\.": "not_a_number",
    r"(?P<value>\S+) is not in the range (?P<range>.*)\.": "not_in_range",
    r"\S+ '(?P<path>.*)' does not exist\.": "path_missing",
    r"\S+ '(?P<path>.*)' is a file\.": "path_is_file",
    r"\S+ '(?P<path>.*)' is not readable\.": "path_unreadable",
    r"Missing command\.": "missing_command",
}
"""Click's complaints of how a command was typed, and our code for each."""


class Misused(click.UsageError):
    """A command was typed in a way that has no meaning; the notice says why."""

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code)
        self.notice = notice(code, **facts)


class BadValue(click.BadParameter):
    """A value on the command line is invalid; the notice says what was expected."""

    def __init__(
        self, said: Notice, ctx: click.Context | None, param: click.Parameter | None
    ) -> None:
        super().__init__(said.code, ctx, param)
        self.notice = said


class Refusal(click.ClickException):
    """Click shows this on standard error and ends with the exit code 1."""

    exit_code = REFUSED

    def show(self, file: IO[Any] | None = None) -> None:
        """All that is said, as it is."""
        click.echo(self.message, err=True)


class Misuse(Refusal):
    """A refusal of how a command was typed: exit code 2."""

    exit_code = USAGE


def of(error: ServicingError | click.UsageError | OSError, home: Path | None) -> Refusal:
    """The refusal that an error becomes at the edge; `home` is the workspace, where that is known."""
    locale = language(home, os.environ)
    if isinstance(error, click.UsageError):
        told = labelled("error", sentence(_of_usage(error), locale), locale)
        return Misuse("\n".join([*_usage(error.ctx, locale), told]))
    said = error.notice if isinstance(error, ServicingError) else _of_file(error)
    return Refusal(labelled("error", sentence(said, locale), locale))


def stopped(home: Path | None) -> Refusal:
    """The refusal of a command that was interrupted, or asked a person who did not answer."""
    return Refusal(i18n.say("terminal", "stopped", language(home, os.environ)))


def language(home: Path | None, environment: Mapping[str, str]) -> str:
    """The language of the workspace, as far as it can be read; else that of the terminal."""
    return settings_file.locale_of(home, environment) or i18n.spoken(_of_terminal(environment))


def _of_terminal(environment: Mapping[str, str]) -> str:
    known = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next(filter(None, known), i18n.FALLBACK).partition(".")[0]


def sentence(said: Notice, locale: str) -> str:
    """A notice in words; a hint for a reader at a terminal follows, where there is one."""
    told = i18n.sentence(said, locale)
    hint = i18n.known("hint", said.code, locale, **i18n.shown(said.facts, locale))
    return i18n.say("terminal", "with_hint", locale, told=told, hint=hint) if hint else told


def labelled(kind: str, told: str, locale: str) -> str:
    """A sentence after the label of an error, a warning or a refused row."""
    return controls.inert(i18n.say("terminal", f"label_{kind}", locale, told=told))


def _of_file(error: OSError) -> Notice:
    why = of_system(error)
    if not error.filename:
        return notice("unusable_output", why=why)
    return notice("unusable_file", path=str(error.filename), why=why)


# ---------------------------------------------------------------------- how a command was typed


def _usage(ctx: click.Context | None, locale: str) -> Iterator[str]:
    """How the command is typed, and how to read its help."""
    if ctx is not None:
        pieces = ctx.command.collect_usage_pieces(ctx)
        typed = (_piece(each, locale) for each in pieces)
        yield i18n.say("terminal", "usage", locale, typed=" ".join([ctx.command_path, *typed]))
        yield i18n.say("terminal", "usage_help", locale, command=ctx.command_path)


_PIECES = {
    "[OPTIONS]": "usage_options",
    "COMMAND [ARGS]...": "usage_command",
    "[COMMAND] [ARGS]...": "usage_may_command",
}
"""Click's words for options and commands in a usage line, and the keys of ours."""


def _piece(typed: str, locale: str) -> str:
    return i18n.say("terminal", _PIECES[typed], locale) if typed in _PIECES else typed


def _of_usage(error: click.UsageError) -> Notice:
    match error:
        case Misused():
            return error.notice
        case click.NoSuchOption():
            return _with_others("no_such_option", error.option_name, error.possibilities)
        case click.NoSuchCommand():
            return _with_others("no_such_command", error.command_name, error.possibilities)
        case click.MissingParameter():
            return notice("missing_argument", name=_where(error))
        case BadValue():
            return notice("bad_value", where=_where(error), why=error.notice)
        case click.BadParameter():
            return notice("bad_value", where=_where(error), why=_of_click(error.message))
        case _:
            return _of_click(error.message)


def _with_others(code: str, name: str, others: list[str] | None) -> Notice:
    return notice(f"{code}_but", name=name, others=others) if others else notice(code, name=name)


def _where(error: click.BadParameter) -> str:
    hint = error.param_hint
    if hint is None and error.param is not None and error.ctx is not None:
        hint = error.param.get_error_hint(error.ctx)
    return hint if isinstance(hint, str) else " / ".join(hint or ["–"])


def _of_click(message: str) -> Notice:
    said = " ".join(message.split())
    for pattern, code in _CLICK_SAYS.items():
        if found := re.fullmatch(pattern, said):
            return Notice(code, found.groupdict())
    return notice("invalid", text=said)
