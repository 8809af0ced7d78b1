"""Which commands there are, in groups of what one wants to do; none is loaded before it is called."""

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from policies import errors


class IndexEntry(NamedTuple):
    """One command of the first level."""

    name: str
    at: str
    """Its module in `servicing.commands`, and its name there."""

    sentence: str
    """The first sentence of its own help."""


class Section(NamedTuple):
    """Commands that belong to one thing that people want to do."""

    title: str
    entries: tuple[IndexEntry, ...]


SECTIONS = (
    Section(
        "The day",
        (
            IndexEntry(
                "walk", "day:walk_command", "Make what falls due: the days missed, then this one."
            ),
            IndexEntry(
                "dispatch", "day:dispatch_command", "Hand queued messages to their providers."
            ),
            IndexEntry(
                "tasks",
                "tasks:tasks_group",
                "List the tasks of agents and desks, and record what became of them.",
            ),
            IndexEntry("card", "tasks:card_command", "Show a client's 360° service card."),
            IndexEntry(
                "review",
                "review:review_group",
                "Show what a family is covered for and what is missing, and record what a client tells"
                " of it.",
            ),
            IndexEntry(
                "cases",
                "cases:cases_group",
                "Open complaints and other cases, take their steps, list them.",
            ),
            IndexEntry(
                "callbacks",
                "callbacks:callbacks_group",
                "Open call-backs of new contracts, record calls and answers, count them.",
            ),
            IndexEntry(
                "retention",
                "retention:retention_group",
                "Open cases of policies that may be lost, take their steps, count what became of them.",
            ),
            IndexEntry(
                "events",
                "events:events_group",
                "Plan events for clients, invite and register them, tick who has come, and count it.",
            ),
            IndexEntry(
                "leads",
                "leads:leads_group",
                "Record who was asked whom they know, whom they named, and what came of it.",
            ),
            IndexEntry(
                "client",
                "client:client_group",
                "Record a death or the family of a client, or erase a client.",
            ),
        ),
    ),
    Section(
        "The book",
        (
            IndexEntry(
                "book",
                "book:book_group",
                "Import the book of business, make a sample, see a timeline.",
            ),
            IndexEntry(
                "plan",
                "plan:plan_group",
                "Show the service plan, check it, compare it, use another.",
            ),
            IndexEntry(
                "clock", "clock:clock_command", "Count until when something is due, and show how."
            ),
            IndexEntry(
                "festivals",
                "festivals:festivals_command",
                "List the festivals of a year, and the days on which nobody is greeted.",
            ),
            IndexEntry(
                "lunar",
                "festivals:lunar_command",
                "Tell when a birthday by the lunar calendar comes in a year.",
            ),
        ),
    ),
    Section(
        "Figures",
        (
            IndexEntry(
                "persistency",
                "figures:persistency_command",
                "Count how much of the issued business is kept.",
            ),
            IndexEntry(
                "atrisk",
                "figures:atrisk_command",
                "Show the cohorts still open, and what is to be collected.",
            ),
            IndexEntry(
                "collection",
                "collection:collection_command",
                "Count what has come in of the premiums of the second year.",
            ),
            IndexEntry(
                "earnings",
                "earnings:earnings_group",
                "Check the company's table of commissions, and count what service earns by it.",
            ),
            IndexEntry(
                "reinstatement",
                "reinstatement:reinstatement_group",
                "Count how many suspended policies came back.",
            ),
            IndexEntry("losses", "figures:losses_command", "Set service and loss side by side."),
            IndexEntry(
                "scorecard",
                "figures:scorecard_command",
                "Show what each unit kept, how it grew and how it served.",
            ),
            IndexEntry(
                "assessment",
                "assessment:assessment_command",
                "Show each unit's service in points, by the company's weights and gates.",
            ),
            IndexEntry(
                "checks",
                "checks:checks_group",
                "Draw clients for spot checks, record what was found, and count it.",
            ),
            IndexEntry(
                "satisfaction",
                "satisfaction:satisfaction_group",
                "Count satisfaction with its interval, and what clients have answered.",
            ),
            IndexEntry(
                "tiers",
                "tiers:tiers_group",
                "Check a scorecard of tiers, score clients by it, show or grant a client's tier.",
            ),
            IndexEntry(
                "stages",
                "stages:stages_group",
                "Count how near clients have come, from met to relying on us, and list them.",
            ),
            IndexEntry(
                "influence",
                "influence:influence_command",
                "Show centres of influence: a tree of referrals, or the largest.",
            ),
        ),
    ),
    Section(
        "Messages",
        (
            IndexEntry(
                "messages",
                "messages:messages_group",
                "List the messages, show the life of one, settle an unknown one.",
            ),
            IndexEntry(
                "templates",
                "templates:templates_group",
                "Check the texts, preview one, compare others, use them.",
            ),
            IndexEntry(
                "consent",
                "consent:consent_group",
                "List who may not be written to, and change that.",
            ),
        ),
    ),
    Section(
        "Why and what if",
        (
            IndexEntry(
                "why", "why:why_command", "Tell why a touchpoint was done or not, or will be."
            ),
            IndexEntry(
                "simulate",
                "simulate:simulate_command",
                "Tell what the walks of the coming days will do.",
            ),
        ),
    ),
    Section(
        "Safety",
        (
            IndexEntry(
                "halts",
                "halts:halts_command",
                "List what is halted, why, and how many messages wait.",
            ),
            IndexEntry(
                "halt", "halts:halt_command", "Stop sending a touchpoint, all SMS or all email."
            ),
            IndexEntry("resume", "halts:resume_command", "Let something that is halted go on."),
            IndexEntry(
                "audit",
                "audit:audit_group",
                "Seal the trails of service and the audit log, verify the seals, and read the log.",
            ),
            IndexEntry(
                "evidence",
                "audit:evidence_command",
                "Pack all that is known of one client into a zip.",
            ),
            IndexEntry(
                "backup", "backups:backup_command", "Write a copy of the database to a new file."
            ),
            IndexEntry(
                "restore", "backups:restore_command", "Restore a backup into a new workspace."
            ),
            IndexEntry(
                "keys",
                "keys:keys_group",
                "Renew the keys that sign sessions and links, and list them.",
            ),
            IndexEntry(
                "years",
                "years:years_group",
                "Close past years on PostgreSQL, take one out of the book, bring it back.",
            ),
        ),
    ),
    Section(
        "People",
        (
            IndexEntry("user", "users:user_group", "Manage the accounts of the pages."),
            IndexEntry(
                "agents", "reassignment:agents_group", "Record that an agent has left, or is back."
            ),
            IndexEntry(
                "handover",
                "reassignment:handover_command",
                "Reassign an agent's clients to other agents.",
            ),
            IndexEntry(
                "orphans",
                "reassignment:orphans_command",
                "List policies whose agent has left, and clients not yet told.",
            ),
        ),
    ),
    Section(
        "Running it",
        (
            IndexEntry(
                "init", "init:init_command", "Make a workspace: its settings and its database."
            ),
            IndexEntry(
                "database",
                "database:database_group",
                "Migrate the database, and grant a role its use, as its owner.",
            ),
            IndexEntry("demo", "demo:demo_command", "Do the main job once, on a made-up book."),
            IndexEntry(
                "run",
                "serve:run_command",
                "Run all in one process: the pages, and the day by the clock.",
            ),
            IndexEntry(
                "web", "serve:web_command", "Serve the pages, webhooks and unsubscribe links."
            ),
            IndexEntry(
                "worker",
                "worker:worker_command",
                "Share the work with other workers, over PostgreSQL.",
            ),
            IndexEntry(
                "status",
                "status:status_command",
                "Show how everything is, and what needs a person.",
            ),
        ),
    ),
)
ENTRIES = {entry.name: entry for section in SECTIONS for entry in section.entries}


@contextlib.contextmanager
def _refused(ctx: click.Context | None) -> Iterator[None]:
    """Errors that a person can put right become refusals; help and a closed pipe are none."""
    try:
        yield
    except (click.exceptions.NoArgsIsHelpError, BrokenPipeError):
        raise
    except (errors.ServicingError, click.UsageError, OSError) as error:
        from servicing.commands import refusal  # with its words, which most commands do without

        if isinstance(error, OSError) and not error.filename:
            close_output()
        raise refusal.of(error, _home(ctx)) from error
    except (click.Abort, KeyboardInterrupt, EOFError) as error:
        from servicing.commands import refusal

        if not isinstance(error, click.Abort):
            click.echo(err=True)  # the cursor may stand behind something
        raise refusal.stopped(_home(ctx)) from error


def _home(ctx: click.Context | None) -> Path | None:
    """The workspace that the command was called for, as far as it has been read."""
    given = ctx.params.get("home") if ctx else os.environ.get("SERVICING_HOME")
    return Path(given) if given else None


def _spare_drivers(home: Path | None) -> None:
    """Load no driver of PostgreSQL for a workspace whose book is a file."""
    from policies import drivers
    from servicing.core import settings_file

    if home is not None and settings_file.is_in_a_file(home, os.environ):
        drivers.spare_postgresql()


def close_output() -> None:
    """Let go of the output that could not be written, or what waits for it would fail once more."""
    with contextlib.suppress(io.UnsupportedOperation):  # an output that is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Group(click.Group):
    """A group whose help tells each command in a whole sentence, never cut short."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands and the first sentence of each."""
        found = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        rows = [(name, first_sentence(each.help or "")) for name, each in found.items() if each]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class Commands(Group):
    """The commands of the first level; only the module of the one that was called is imported."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read what stands before the command."""
        with _refused(None):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what a person can put right becomes a refusal in their language."""
        from servicing.core import mistakes  # the help does without

        mistakes.say_nothing_of_data()
        with _refused(ctx):
            done = super().invoke(ctx)
            sys.stdout.flush()  # what still waits in the buffer may find no room, too
            return done

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order of the sections."""
        return list(ENTRIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in ENTRIES:
            return None
        _spare_drivers(ctx.params.get("home"))
        module, name = ENTRIES[cmd_name].at.split(":")
        found = getattr(importlib.import_module(f"servicing.commands.{module}"), name)
        assert isinstance(found, click.Command)
        return found

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so, for the shell; none is imported for it."""
        begun = (each for each in ENTRIES.values() if each.name.startswith(incomplete))
        found = [CompletionItem(each.name, help=each.sentence) for each in begun]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """By section; the sentences stand here, so no command is imported for its help."""
        widest = max(map(len, ENTRIES))
        for title, entries in SECTIONS:
            with formatter.section(title):
                formatter.write_dl([(f"{name:<{widest}}", said) for name, _, said in entries])


def first_sentence(text: str) -> str:
    """The text up to the first full stop that ends a sentence, on one line."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    return paragraph.partition(". ")[0].rstrip(".") + "." if paragraph else ""
