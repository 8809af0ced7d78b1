"""servicing earnings: what service earns by the company's table of commissions."""

from pathlib import Path

import click

from policies import commission
from servicing.commands.figures import ScorecardOptions, by_option, scorecard_options
from servicing.commands.index import Group
from servicing.commands.options import FILE, format_option, gathered, in_workspace, now
from servicing.core import errors, i18n, output
from servicing.core.output import Format
from servicing.operations.workspace import Workspace
from servicing.terminal import earnings as shown


@click.group("earnings", cls=Group)
def earnings_group() -> None:
    """Check the company's table of commissions, and count what service earns by it.

    The table is commissions/standard.toml of the workspace. Until it is there, no income is told.

    \b
    Example:
      servicing earnings check example
    """


@earnings_group.command("check")
@click.argument("file", type=FILE)
@in_workspace
def earnings_check(space: Workspace, file: Path) -> None:
    """Check a table of commissions; the first mistake is named with its line.

    FILE is a file, or the name of the shipped example. A product of the file has to be one of the
    book's; of the example none is named.

    \b
    Example:
      servicing earnings check example
    """
    from policies import controls
    from servicing.reports import earned

    path = commission.find(file)
    table = commission.load(path)
    named = {each.product for each in table.rates} - {""}
    commission.load(path, {each for each in named if earned.is_in_book(each)})
    facts = {"file": path, "count": len(table.rates)}
    click.echo(controls.inert(i18n.say("earnings", "checked", space.locale, **facts)))


@earnings_group.command("report")
@by_option("branch", "team", "agent")
@scorecard_options
@format_option
@in_workspace
@gathered(ScorecardOptions)
def earnings_report(space: Workspace, asked: ScorecardOptions, form: Format) -> None:
    """Count what each unit earns: commission of the first year and of renewals, and the bonus.

    Counted are the premiums that fell due in the period and were paid, for whoever served the policy on
    the day of the payment. The income of renewals is set against the commission of the first year.

    \b
    Example:
      servicing earnings report --by agent --period 2026
    """
    from policies.persistency import periods
    from servicing.reports import earnings, questions

    table = space.commissions
    if table is None:
        raise errors.NotMeasurable("no_commissions")
    today = asked.as_of or space.today(now())
    period = asked.period or periods.last_full_month(today)
    question = questions.question(space.settings, today, asked.selection(), basis=asked.basis)
    grace = space.settings.servicing.grace
    found = earnings.earnings(table, question, asked.by, period, grace)
    if form == "json":
        head = {"by": asked.by, "period": str(period), "as_of": today, "currency": found.currency}
        output.emit_figures({**head, "rows": found.rows, "total": found.total})
    elif form == "csv":
        output.emit_csv([*found.rows, found.total], earnings.EarningsRow)
    else:
        shown.show(found, period, space.locale)
