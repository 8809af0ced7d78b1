"""servicing persistency: the figures that managers are judged by."""

import datetime
from pathlib import Path

import click

from cli.door import DAY, FILE, MONTH, format_option, in_workspace, now
from policies import cohorts, database, persistency
from policies.cohorts import Cohort, Definition
from policies.persistency import Basis, By, PolicyLine, Row, Selection
from servicing import exports, figures, present, terminal
from servicing.present import Format
from servicing.workspace import Workspace

LISTED = ["policy_no", "issue_date", "agent_no", "annual_premium", "verdict", "due_on", "paid_on"]
OFFERED = click.Choice([str(month) for month in cohorts.MONTHS])


@click.command("persistency")
@click.option("--month", type=OFFERED, default="13", show_default=True, help="Months after issue.")
@click.option("--as-of", type=DAY, help="What was known on that day; default: today.")
@click.option("--basis", type=click.Choice(["premium", "count"]), help="Default: servicing.toml's.")
@click.option(
    "--definition",
    type=click.Choice(["paid", "in-force"]),
    help="Default: servicing.toml's; there, paid where the book has a premium ledger.",
)
@click.option(
    "--by",
    type=click.Choice(["cohort", "branch", "team", "agent", "product"]),
    default="cohort",
    show_default=True,
    help="What each row stands for.",
)
@click.option("--rolling", is_flag=True, help="Twelve cohorts together.")
@click.option("--from", "first", type=MONTH, help="The first cohort, as YYYY-MM.")
@click.option("--to", "last", type=MONTH, help="The last cohort, as YYYY-MM.")
@click.option("--branch", help="Only of this branch.")
@click.option("--team", help="Only of this team.")
@click.option("--agent", help="Only of this agent (agent number).")
@click.option("--product", help="Only of this product.")
@click.option("--currency", help="Only premiums in this currency.")
@click.option("--list", "listed", is_flag=True, help="Every policy, counted or not, and why.")
@click.option("--out", type=FILE, help="Write it to FILE.csv or FILE.xlsx instead.")
@format_option
@in_workspace
def persistency_command(
    space: Workspace,
    month: str,
    as_of: datetime.date | None,
    basis: Basis | None,
    definition: Definition | None,
    by: By,
    rolling: bool,
    first: Cohort | None,
    last: Cohort | None,
    branch: str | None,
    team: str | None,
    agent: str | None,
    product: str | None,
    currency: str | None,
    listed: bool,
    out: Path | None,
    form: Format,
) -> None:
    """How much of the issued business is still kept, by cohort or unit, down to the single policy.

    An open cohort is shown with what is not lost yet, and stays out of the total.

    \b
    Example:
      servicing persistency --rolling
    """
    asked = figures.measure(space.settings, as_of or space.today(now()), int(month), definition)
    rules = figures.rules(space.settings)
    selection = Selection(by, first, last, rolling, branch, team, agent, product, currency)
    chosen = basis or space.settings.persistency.basis
    with database.snapshot():  # the list adds up to its rows, whatever is imported meanwhile
        audit = persistency.audit(asked, rules, selection, chosen)
        lines = persistency.policies(asked, rules, selection, is_grouped=out is not None)
        if out is not None:
            exports.write(out, audit, selection, lines if listed else None, space.locale)
        elif form == "json":
            head = figures.document(audit)
            if listed:
                present.emit_json_with(head, "policies", map(figures.plain, lines))
            else:
                present.emit_json(head)
        elif listed:
            shown = terminal.policy_rows(lines, space.locale) if form == "table" else lines
            present.emit(shown, PolicyLine, LISTED, form, space.locale)
        elif form == "csv":
            present.emit_csv(audit.rows, Row)
        else:
            terminal.show_audit(audit, space.locale)
