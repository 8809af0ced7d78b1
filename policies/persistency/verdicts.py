"""The verdict on each policy: counted or not, kept or lost, and why, as the database decides it.

One source for the figures, the list behind them and the early warning, on SQLite and PostgreSQL
alike: the columns of a policy, then one CASE that turns them into a verdict. Everything that is
calendar comes from `cohorts`, as a small table joined on the day of issue. Rules: domain.md §8.5.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from policies import database, dates, dialect, inforce, records
from policies.grace import Grace
from policies.persistency import cohorts
from policies.persistency.cohorts import Cohort, IssueDay, Measure
from policies.persistency.extent import Extent, extent
from policies.persistency.rules import CountingRules, Exclusion, Limits


class Verdict(IntEnum):
    """The verdict on a policy; the names are the reasons that people read."""

    SINGLE_PREMIUM = 1
    TERM_OVER = 2
    """Its premiums were all paid before: none falls due at that month."""
    FREE_LOOK = 3
    TRANSFERRED_OUT = 4
    CLAIM = 5
    SUSPENDED = 6

    IN_FORCE = 11
    PAID = 12
    NOTHING_DUE = 13
    """Not ended, and no premium is asked for: it is paid up, each instalment is of 0, or none falls
    due (its exclusion is switched off)."""

    IN_GRACE = 21
    """Not paid, and its own grace has not ended."""
    NOT_DUE = 22
    IN_ARREARS = 23
    """In grace or suspended by its status, where no ledger says more."""

    ENDED = 31
    PAID_LATE = 32
    UNPAID = 33
    NO_INSTALMENT = 34
    """The premium ledger does not know of an instalment that was due."""

    @property
    def is_counted(self) -> bool:
        """Whether it stands in the denominator."""
        return self >= 10

    @property
    def is_undecided(self) -> bool:
        """Whether it may still be lost or kept: only in an open cohort, and kept so far."""
        return 20 < self < 30

    @property
    def is_kept(self) -> bool:
        """Whether it stands in the numerator."""
        return 10 < self < 30

    @property
    def counts_as(self) -> tuple[bool, bool, bool]:
        """All that sums ask of it: two verdicts that count as the same are one to them."""
        return self.is_counted, self.is_kept, self.is_undecided


def _among(is_one: Callable[[Verdict], bool]) -> str:
    """Whether a verdict of a statement is one of those: their numbers lie side by side."""
    numbers = [each.value for each in Verdict if is_one(each)]
    return f"verdict BETWEEN {min(numbers)} AND {max(numbers)}"


COUNTED = _among(lambda each: each.is_counted)
UNDECIDED = _among(lambda each: each.is_undecided)
KEPT = _among(lambda each: each.is_kept)
KEPT_FOR_GOOD = _among(lambda each: each.is_kept and not each.is_undecided)
"""Conditions on the verdict of a statement."""


# ---------------------------------------------------------------------------------- small tables


DAYS = "issue_day"

Sql = tuple[str, list[object]]
"""A statement, and the values of its marks in order."""


@contextmanager
def judging(
    measure: Measure, rules: CountingRules, first: Cohort, last: Cohort, *told: str
) -> Iterator["Judge"]:
    """One snapshot of the book, with the calendar of the cohorts beside it for as long as it lasts.

    It has the columns `told` and those of `_needed` alone: in a narrow table a day is found sooner.
    """
    with database.snapshot():
        _drop()  # a list that nobody read to its end may have left its own
        ends = extent()
        begins, newest = _months(ends)
        days = list(measure.days(first, min(last, newest)))
        has_open = any(day.is_open for day in days)
        needed = {*told, *_needed(measure, has_open, ends.has_past_agents)}
        records.make_table(DAYS, IssueDay, needed)
        records.put(DAYS, days, needed)
        database.execute(f"ANALYZE {DAYS}")
        grace = Grace(measure.grace_days, rules.product_grace)
        if measure.definition == "paid":
            grace.lay_down()
        reads_all = (last - first + 1) * FEW > newest - begins + 1
        span = (cohorts.first_day(first), cohorts.last_day(last))
        yield Judge(measure, rules, grace, *span, reads_all, has_open, ends.has_past_agents)
        _drop()  # after an error the whole transaction is taken back


def _needed(measure: Measure, has_open: bool, has_past_agents: bool) -> Iterator[str]:
    """The columns of the calendar that verdicts are made of, and the cohort."""
    yield from ("issue_date", "cohort", "bound_on")
    if measure.definition == "paid":
        yield from ("first_due", "last_due", "semiannual", "quarterly", "monthly")
    if has_open:
        yield from ("is_open", "decides_on")
    yield from ["judged_on"] if has_past_agents else []


def _drop() -> None:
    database.execute(f"DROP TABLE IF EXISTS {DAYS}")
    Grace.clear_away()


def _months(ends: Extent) -> tuple[Cohort, Cohort]:
    """The months of the first and of the last policy."""
    assert ends.first_issue
    assert ends.last_issue  # nobody judges an empty book
    return dates.month_index(ends.first_issue), dates.month_index(ends.last_issue)


FEW = 16
"""To look the days up, one by one, is quicker than to read all for less than one part in so many."""


# -------------------------------------------------------------------------------------- statement


@dataclass(frozen=True)
class Judge:
    """Has a verdict on every policy issued on the calendar's days."""

    measure: Measure
    rules: CountingRules
    grace: Grace
    first: date
    last: date
    """The days of issue that are looked at."""
    reads_all: bool
    has_open: bool
    """Whether one of the cohorts is open."""
    has_past_agents: bool
    """Whether any policy was ever served by another agent."""

    def judged(self, limits: Limits, *columns: str) -> Sql:
        """A SELECT with a row for every policy that is looked at.

        Its columns: verdict (a number of `Verdict`), premium (a year's, in hundredths: the amount that
        counts in a denominator), weight (the amount that counts in a numerator, in hundredths), and those
        asked for: agent_id (whose figure it is), columns of the policy, of its `IssueDay`, and for
        `paid` the sums of its instalments.
        """
        return self._select(limits, ["weight", *columns], _case)

    @property
    def weight(self) -> str:
        """The column of a `source` with the amount that counts in a numerator."""
        return "weight" if self.measure.definition == "paid" else "premium"

    def source(self, limits: Limits, *columns: str) -> Sql:
        """The same as the source of sums, which ask for the verdict several times.

        Sums need not know why a policy was lost: its verdict is one that counts alike. Instead of
        `weight` they ask for the column of that name, which may be the premium itself.
        """
        weight = ["weight"] if self.weight == "weight" else []
        select, values = self._select(limits, [*weight, *columns], _case_of_sums)
        is_grouped = self.measure.definition == "paid"  # and so computed once by itself
        return f"({select})" if is_grouped else dialect.computed_once(select), values

    def _select(self, limits: Limits, columns: Sequence[str], case: "CaseOf") -> Sql:
        agent = _agent(self.rules) if self.has_past_agents else "p.agent_id"
        issued = dialect.unindexed("p.issue_date") if self.reads_all else "p.issue_date"
        known = {"agent_id": agent, **_POLICY, **_DAY}
        policies = f"FROM policy p JOIN {DAYS} d ON d.issue_date = {issued}"
        end, values = _where(agent, limits)
        end += f" AND {issued} BETWEEN '{self.first}' AND '{self.last}'"
        if self.measure.definition == "paid":
            sums = self._instalments()
            instalments, grouped = self._with_instalments()
            known |= {**sums, "surplus": _SURPLUS.format_map(sums)}
            policies += instalments
            end += grouped
            verdict, weight = case(*self._paid()).format_map(sums), _WEIGHT.format_map(sums)
        elif self._needs_days(columns):
            verdict, weight = case(*self._in_force("d.bound_on")), "p.annual_premium"
        else:  # only ended policies are looked up in the calendar
            policies, weight = "FROM policy p", "p.annual_premium"
            bound_on = f"(SELECT d.bound_on FROM {DAYS} d WHERE d.issue_date = p.issue_date)"
            verdict = case(*self._in_force(bound_on))
        known["weight"] = weight
        asked = "".join(f", {known[name]} AS {name}" for name in columns)
        return (
            f"SELECT {verdict} AS verdict, p.annual_premium AS premium{asked} {policies}{end}",
            values,
        )

    def _needs_days(self, columns: Sequence[str]) -> bool:
        asks_for_days = not _DAY.keys().isdisjoint(columns)
        return self.has_open or self.has_past_agents or asks_for_days

    def _with_instalments(self) -> tuple[str, str]:
        """The join of the instalments that decide, and the GROUP BY that makes a policy one row."""
        keys = ["d.issue_date", *(["g.product"] if self.grace.by_product else [])]
        premiums = (
            " LEFT JOIN premium i"
            " ON i.policy_id = p.id AND i.due_date BETWEEN d.first_due AND d.last_due"
        )
        return f"{self.grace.join}{premiums}", f" {dialect.group_by('p.id', *keys)}"

    def _instalments(self) -> dict[str, str]:
        """The instalments of the year that decides, summed up; each has its own end of grace."""
        until, as_of = self.grace.ends("i.due_date"), self._as_of
        unpaid = inforce.unpaid("i", self.measure.as_of)
        paid_up = f"{inforce.owes_no_premium('p')} AND i.amount > 0 AND {unpaid}"
        free = f"(i.amount <= 0 OR ({paid_up}))"
        in_time = f"i.paid_on <= {as_of} AND i.paid_on <= {until}"
        received = f"(({in_time}) OR {free})"
        awaited = f"NOT {free} AND {unpaid} AND {until} >= {as_of}"
        return {
            "due": "COUNT(i.id)",
            "expected": (
                "CASE p.payment_mode WHEN 'annual' THEN 1 WHEN 'monthly' THEN d.monthly WHEN"
                " 'quarterly' THEN d.quarterly WHEN 'semiannual' THEN d.semiannual ELSE 1 END"
            ),
            "amount": dialect.whole(f"COALESCE(SUM(CASE WHEN NOT {free} THEN i.amount END), 0)"),
            "money": dialect.whole(f"COALESCE(SUM(CASE WHEN {in_time} THEN i.amount END), 0)"),
            "paid": f"COUNT(CASE WHEN {free} OR i.paid_on <= {as_of} THEN 1 END)",
            "received": f"COUNT(CASE WHEN {received} THEN 1 END)",
            "awaited": f"COUNT(CASE WHEN {awaited} THEN 1 END)",
            "outstanding": dialect.whole(
                f"COALESCE(SUM(CASE WHEN {awaited} THEN i.amount END), 0)"
            ),
            "open_due": f"MIN(CASE WHEN {received} THEN NULL ELSE i.due_date END)",
            "open_until": f"MIN(CASE WHEN {received} THEN NULL ELSE {until} END)",
            "first_until": self.grace.ends("d.first_due"),
            "due_on": "MIN(i.due_date)",
            "paid_on": f"MAX(CASE WHEN i.paid_on <= {as_of} THEN i.paid_on END)",
        }

    @property
    def _as_of(self) -> str:
        return f"'{self.measure.as_of.isoformat()}'"

    # ------------------------------------------------------------------------------- verdicts

    def _in_force(self, bound_on: str) -> "tuple[Cases, Verdict]":
        in_arrears = (
            f"d.is_open AND d.decides_on > {self._as_of} AND p.status IN ('grace', 'suspended')"
            f" AND {inforce.not_ended('p', self.measure.as_of)}"
        )
        single, others = self._exclusions(bound_on)
        arrears = [(in_arrears, Verdict.IN_ARREARS)] if self.has_open else []
        # a policy that has not ended needs no more questions, and those are most of a book
        going_on = [*arrears, ("p.ended_on IS NULL", Verdict.IN_FORCE)]
        ended = (f"p.ended_on <= {bound_on}", Verdict.ENDED)
        return [*single, *going_on, *others, ended], Verdict.IN_FORCE

    def _paid(self) -> "tuple[Cases, Verdict]":
        """The cases with the sums of the instalments by name, in braces."""
        term_over = f"p.premium_term_years * 12 <= {self.measure.month - 1}"
        never_due = f"{{due}} = 0 AND (p.payment_mode = 'single' OR {term_over})"
        paid_up = f"{{received}} = {{due}} AND {inforce.owes_no_premium('p')}"
        is_whole = "{received} = {due} AND {due} >= {expected}"
        cases = [case for cases in self._exclusions("d.bound_on") for case in cases]
        if "term_over" in self.rules.excluded:
            cases.append((term_over, Verdict.TERM_OVER))
        cases += [
            (f"{is_whole} AND {{amount}} > 0", Verdict.PAID),
            ("p.ended_on <= d.bound_on", Verdict.ENDED),
            (f"({is_whole}) OR ({paid_up}) OR ({never_due})", Verdict.NOTHING_DUE),
        ]
        if "suspended" in self.rules.excluded:
            cases.append(("p.status = 'suspended'", Verdict.SUSPENDED))
        if self.has_open:
            cases += self._undecided()
        cases += [
            ("{due} = 0 OR {received} = {due}", Verdict.NO_INSTALMENT),
            ("{paid} = {due}", Verdict.PAID_LATE),
        ]
        return cases, Verdict.UNPAID

    def _undecided(self) -> "Cases":
        """In an open cohort: policies not billed yet, not due yet, or in their grace."""
        unbilled = "d.is_open AND {due} = 0"
        awaited = "d.is_open AND {due} > 0 AND {received} + {awaited} = {due}"
        not_due = f"({{open_due}} IS NULL OR {{open_due}} > {self._as_of})"
        return [
            (f"{unbilled} AND d.first_due > {self._as_of}", Verdict.NOT_DUE),
            (f"{unbilled} AND {{first_until}} >= {self._as_of}", Verdict.IN_GRACE),
            (f"{awaited} AND {not_due}", Verdict.NOT_DUE),
            (awaited, Verdict.IN_GRACE),
        ]

    def _exclusions(self, bound_on: str) -> "tuple[Cases, Cases]":
        """The exclusions of both definitions: those whatever became of a policy, and those by its end.

        A policy that ended after the as-of date has not ended yet.
        """
        by_then = f"p.ended_on <= {self._as_of}"
        known: dict[Exclusion, tuple[str, Verdict]] = {
            "single_premium": ("p.payment_mode = 'single'", Verdict.SINGLE_PREMIUM),
            "free_look": (f"p.status = 'free_look_cancelled' AND {by_then}", Verdict.FREE_LOOK),
            "transferred_out": (
                f"p.status = 'transferred_out' AND {by_then}",
                Verdict.TRANSFERRED_OUT,
            ),
            "claim": (f"p.status = 'claim' AND p.ended_on <= {bound_on}", Verdict.CLAIM),
        }
        left_out = {name: case for name, case in known.items() if name in self.rules.excluded}
        single = [left_out.pop("single_premium")] if "single_premium" in left_out else []
        return single, list(left_out.values())


_POLICY = {
    name: f"p.{name}"
    for name in ("id", "policy_no", "client_id", "product", "currency", "status", "ended_on")
    + ("payment_mode", "annual_premium")
}
IN_OTHERS = "in_others"
"""A column that is not null where a policy has another currency than the statement's first mark."""
_POLICY[IN_OTHERS] = "CASE WHEN p.currency <> ? AND p.currency <> '' THEN 1 END"

_DAY = {
    name: f"d.{name}"
    for name in ("issue_date", "cohort", "is_open", "bound_on", "decides_on", "first_due")
}

# An annual instalment counts as what it is, and never as more than the year's premium, which is what
# the policy is in the denominator; in other modes, and where nothing was asked for, that premium does.
_WEIGHT = (
    "CASE WHEN p.payment_mode = 'annual' AND {amount} > 0 AND {amount} < p.annual_premium"
    " THEN {amount} ELSE p.annual_premium END"
)
_SURPLUS = "CASE WHEN {money} > p.annual_premium THEN {money} - p.annual_premium ELSE 0 END"

Cases = list[tuple[str, Verdict]]
"""Conditions in the order in which they are asked, each with its verdict."""


CaseOf = Callable[[Cases, Verdict], str]
"""The expression of some cases and of the verdict on what is none of them."""


def _case(cases: Cases, otherwise: Verdict) -> str:
    whens = " ".join(f"WHEN {condition} THEN {verdict.value}" for condition, verdict in cases)
    return f"CASE {whens} ELSE {otherwise.value} END"


def _case_of_sums(cases: Cases, otherwise: Verdict) -> str:
    """The same without the last cases that count as what is none of them, which cost a sum each."""
    needed = list(cases)
    while needed and needed[-1][1].counts_as == otherwise.counts_as:
        needed.pop()
    return _case(needed, otherwise)


def _agent(rules: CountingRules) -> str:
    """Whose figure a policy is: the agent's of the judging date, or the first one's."""
    on_the_day = "" if rules.whose == "writing" else " AND a.until > d.judged_on"
    return (
        "CASE WHEN p.id IN (SELECT policy_id FROM past_agent) THEN COALESCE((SELECT a.agent_id"
        f" FROM past_agent a WHERE a.policy_id = p.id{on_the_day} ORDER BY a.until, a.id LIMIT 1),"
        " p.agent_id) ELSE p.agent_id END"
    )


def _where(agent: str, limits: Limits) -> Sql:
    conditions = ["p.status <> 'applied'"]  # not issued yet
    values: list[object] = []
    for column, value in (("product", limits.product), ("currency", limits.currency)):
        if value is not None:
            conditions.append(f"p.{column} = ?")
            values.append(value)
    if limits.agent_ids is not None:
        conditions.append(f"{agent} IN ({dialect.marks(limits.agent_ids)})")
        values += limits.agent_ids
    return f" WHERE {' AND '.join(conditions)}", values
