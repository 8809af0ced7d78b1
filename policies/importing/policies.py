"""Rows of a book become agents, clients and policies."""

import datetime
from collections.abc import Iterable, Mapping
from itertools import repeat
from typing import Any

from policies import database, dialect, models, status
from policies.importing.columns import Reject, RowBatch
from policies.importing.upsert import Changes, Upsert, Values
from policies.notices import Notice, notice
from policies.status import ENDED
from policies.trail import Change, ChangeKind, Trail

Columns = dict[str, list[Any]]
"""A batch's values by canonical column."""

Standing = tuple[str, str | None, str]
"""Status, end date and start of service that a row leads to."""

Refusal = tuple[str, str, Notice]
"""Column, value and reason."""

AGENT_COLUMNS = {"agent_name": "name", "agent_phone": "phone", "agent_email": "email"}
CLIENT_COLUMNS = {
    "client_name": "name",
    **{name: name for name in ("gender", "birthday", "email", "language", "timezone", "channel")},
    "marketing_consent": "marketing_consent",
    "referred_by": "referred_by",
}
POLICY_COLUMNS = (
    *("issue_date", "annual_premium", "product", "payment_mode", "premium_term_years"),
    *("sum_assured", "currency", "delivered_on"),
)
MONEY_COLUMNS = ("annual_premium", "sum_assured")
STANDING = ("status", "ended_on", "served_from")
ALWAYS = (*STANDING, "client_id", "agent_id")
"""Policy columns that every row decides, whether or not the file has a column for them."""


class PolicyRows:
    """Takes in the rows of one book file, a batch at a time."""

    def __init__(self, stated: list[str], joined: datetime.date, trail: Trail) -> None:
        self.added = self.changed = 0
        self._joined = joined.isoformat()
        self._trail = trail
        self._teams: dict[tuple[str, str], int] = {}
        self._agents_state = {name: AGENT_COLUMNS[name] for name in AGENT_COLUMNS if name in stated}
        self._has_team = "team" in stated or "branch" in stated
        self._clients_state = {
            name: CLIENT_COLUMNS[name] for name in CLIENT_COLUMNS if name in stated
        }
        self._has_phone = "phone" in stated
        self._policies_state = [name for name in POLICY_COLUMNS if name in stated]
        self._unusable_phones = 0
        self._handings = _Handings(self._joined)
        self._stated = frozenset(stated)
        start = len(self._policies_state)
        self._standing_at = slice(start, start + len(STANDING))
        self._agents = Upsert(
            models.Agent,
            "agent_no",
            [*self._agents_state.values(), *(["team_id"] if self._has_team else [])],
            {"name": "", "phone": "", "email": ""},
        )
        self._clients = Upsert(
            models.Client,
            "client_no",
            [*self._clients_state.values(), *(["phone", "phone_given"] if self._has_phone else [])],
            _client_defaults(self._joined if "marketing_consent" in stated else None),
        )
        self._policies = Upsert(
            models.Policy,
            "policy_no",
            [*self._policies_state, *ALWAYS],
            {"product": "", "payment_mode": "annual", "currency": ""},
        )

    def take_in(self, batch: RowBatch) -> list[Reject]:
        """Adds and changes what the batch says; answers with the rows it refuses."""
        stored = self._policies.existing(batch.values["policy_no"])
        rejects, kept, decided = self._judge(batch, stored)
        values = batch.values
        if rejects:
            values = {name: [column[place] for place in kept] for name, column in values.items()}
        self._upsert({**values, **decided}, stored)
        return rejects

    def warnings(self) -> list[Notice]:
        """What a person should know of the file as a whole."""
        counted = {
            "unusable_phones": self._unusable_phones,
            "client_described_twice": self._clients.conflicts,
            "agent_described_twice": self._agents.conflicts,
            "earlier_agent_named": self._handings.kept,
        }
        return [Notice(code, {"count": count}) for code, count in counted.items() if count]

    # ------------------------------------------------------------------------------- one row

    def _judge(
        self, batch: RowBatch, stored: dict[str, tuple[int, Values]]
    ) -> tuple[list[Reject], list[int], Columns]:
        """Which rows are refused all the same, which are kept, and what the kept ones leave open."""
        rejects: list[Reject] = []
        kept: list[int] = []
        standings: list[Standing] = []
        accepted: set[str] = set()
        columns = [batch.values.get(name) or repeat("") for name in ("status", "ended_on")]
        numbers, issued = batch.values["policy_no"], batch.values["issue_date"]
        for place, (number, day, stated, ended_on) in enumerate(zip(numbers, issued, *columns)):  # noqa: B905
            was = stored.get(number)
            if number in accepted or (was and was[0] in self._policies.seen):
                twice = notice("policy_twice")
                refusal: Refusal | None = ("policy_no", number, twice)
            else:
                standing = self._standing(was[1] if was else None, stated, ended_on or None, day)
                refusal = self._refusal(was[1] if was else None, standing, day)
            if refusal:
                row = batch.rows[place]
                rejects.append(Reject(row.line, *refusal, row.cells))
                continue
            accepted.add(number)
            kept.append(place)
            standings.append(standing)
        decided = [list(column) for column in zip(*standings, strict=True)] or [[], [], []]
        return rejects, kept, dict(zip(STANDING, decided, strict=True))

    def _standing(
        self, was: Values | None, stated: str, ended_on: str | None, issued: str
    ) -> Standing:
        """Status, end and start of service, where the row or its file leave them open."""
        meant, served_from = status.stated(stated, ended_on), self._joined
        if was is not None:
            was_status, was_ended, was_served = was[self._standing_at]
            keeps_status = "status" not in self._stated and (was_status in ENDED or not ended_on)
            if keeps_status or (not stated and ended_on and was_status in ENDED):
                meant = was_status
            if "ended_on" not in self._stated or (meant in ENDED and not ended_on):
                ended_on = was_ended
            if not status.is_reinstated(was_status, meant):
                served_from = was_served
        if meant in ENDED and not ended_on:
            ended_on = max(self._joined, issued)
        return meant, ended_on, served_from

    def _refusal(self, was: Values | None, standing: Standing, issued: str) -> Refusal | None:
        """Why a row that reads well cannot be: its column, value and reason."""
        meant, ended_on, _ = standing
        if ended_on and ended_on < issued:
            return "ended_on", ended_on, notice("ended_before_issue", issue_date=issued)
        if was is not None:
            before = was[self._standing_at][0]
            if not status.may_become(before, meant):
                return "status", meant, notice("cannot_become", before=before, after=meant)
        return None

    # ------------------------------------------------------------------------------ one batch

    def _upsert(self, values: Columns, stored: dict[str, tuple[int, Values]]) -> None:
        numbers, client_nos = values["policy_no"], values["client_no"]
        agents = self._agents.first_of_each(values["agent_no"], self._agent_rows(values))
        clients = self._clients.first_of_each(client_nos, self._client_rows(values))
        agent_ids, agent_changes, _ = self._agents.apply(agents)
        client_ids, client_changes, _ = self._clients.apply(clients)
        stated = [agent_ids[number] for number in values["agent_no"]]
        values["agent_id"] = self._handings.of_today(numbers, stated, stored)
        values["client_id"] = [client_ids[number] for number in client_nos]
        rows = zip(*(values[name] for name in self._policies.columns), strict=True)
        ids, policy_changes, self.added = self._policies.apply(
            dict(zip(numbers, rows, strict=True)), stored
        )
        self._date_consents(client_changes)
        self._keep_past_agents(policy_changes)
        touched = {change.id for change in policy_changes}
        touched |= _spoken_for(numbers, client_nos, client_ids, client_changes, ids, stored)
        touched |= _spoken_for(numbers, values["agent_no"], agent_ids, agent_changes, ids, stored)
        self.changed = len(touched)
        if client_changes or policy_changes:
            owners = dict(
                zip((ids[number] for number in numbers), values["client_id"], strict=True)
            )
            self._trail(
                [
                    *(each for change in client_changes for each in _client_trail(change)),
                    *_policy_trail(policy_changes, owners),
                ]
            )

    def _agent_rows(self, values: Columns) -> Iterable[Values]:
        columns = [values[name] for name in self._agents_state]
        if self._has_team:
            columns.append([self._team_id(*unit) for unit in self._units(values)])
        return zip(*columns, strict=True) if columns else repeat((), len(values["agent_no"]))

    def _units(self, values: Columns) -> Iterable[tuple[str, str]]:
        """Branch and team of each row; a file that states one of them leaves the other alone."""
        if {"branch", "team"} <= self._stated:
            return zip(values["branch"], values["team"], strict=True)
        known = _units_of(set(values["agent_no"]))
        if "team" in self._stated:
            branches = (known.get(number, ("", ""))[0] for number in values["agent_no"])
            return zip(branches, values["team"], strict=True)
        teams = (known.get(number, ("", ""))[1] for number in values["agent_no"])
        return zip(values["branch"], teams, strict=True)

    def _client_rows(self, values: Columns) -> Iterable[Values]:
        columns = [values[name] for name in self._clients_state]
        if self._has_phone:
            phones = values["phone"]
            self._unusable_phones += sum(1 for _, given in phones if given)
            columns += [[e164 for e164, _ in phones], [given for _, given in phones]]
        return zip(*columns, strict=True)

    def _team_id(self, branch: str, team: str) -> int | None:
        if not branch and not team:
            return None
        if (branch, team) not in self._teams:
            unit = models.Branch.get_or_create(name=branch)[0] if branch else None
            self._teams[branch, team] = models.Team.get_or_create(branch=unit, name=team)[0].id
        return self._teams[branch, team]

    def _date_consents(self, changes: Iterable[Changes]) -> None:
        dated = [
            (self._joined, change.id) for change in changes if "marketing_consent" in change.columns
        ]
        database.update_rows(models.Client, ("consent_on",), dated)

    def _keep_past_agents(self, changes: Iterable[Changes]) -> None:
        """Who served until now: figures of the past belong to the agent of their day (domain.md §8.6)."""
        past = [
            (change.id, change.columns["agent_id"][0], self._joined)
            for change in changes
            if "agent_id" in change.columns
        ]
        database.insert_rows(models.PastAgent, ("policy_id", "agent_id", "until"), past)


class _Handings:
    """Policies handed over by a person, until the book says so as well.

    A book that comes every night names the earlier agent for as long as its own system has not heard
    of the handover: that must not take it back. Once a book has agreed, the next change is its own.
    """

    def __init__(self, day: str) -> None:
        self._day = day
        self._earlier: dict[int, set[int]] | None = None
        self.kept = 0
        """How many policies a book has left with the agent before."""

    def of_today(
        self, numbers: list[str], stated: list[int], stored: Mapping[str, tuple[int, Values]]
    ) -> list[int]:
        """The agents of the rows, by id: those that the file states, unless it is out of date."""
        if self._earlier is None:
            self._earlier = _open_handings()
        if not self._earlier:
            return stated
        found, agreed = list(stated), []
        for place, number in enumerate(numbers):
            policy_id, known = stored.get(number, (0, ()))
            earlier = self._earlier.get(policy_id)
            if earlier is None:
                continue
            if stated[place] in earlier and stated[place] != known[-1]:
                found[place] = known[-1]
                self.kept += 1
            else:
                agreed.append((self._day, policy_id))
        sql = "UPDATE handing SET agreed_on = ? WHERE policy_id = ? AND agreed_on IS NULL"
        database.execute_many(sql, agreed)
        return found


def _open_handings() -> dict[int, set[int]]:
    """By policy: from whom it was handed over since a book last agreed."""
    found: dict[int, set[int]] = {}
    sql = "SELECT policy_id, from_agent_id FROM handing WHERE agreed_on IS NULL"
    for policy_id, agent_id in database.execute(sql):
        found.setdefault(policy_id, set()).add(agent_id)
    return found


def _spoken_for(
    numbers: list[str],
    keys: list[str],
    ids: Mapping[str, int],
    changes: list[Changes],
    policy_ids: Mapping[str, int],
    stored: Mapping[str, Any],
) -> set[int]:
    """The policies, known before, whose row was the one that changed their client or agent."""
    if not changes:
        return set()
    changed = {change.id for change in changes}
    speakers: dict[str, str] = {}
    for key, number in zip(keys, numbers, strict=True):
        speakers.setdefault(key, number)
    return {
        policy_ids[number]
        for key, number in speakers.items()
        if ids[key] in changed and number in stored
    }


def _units_of(agent_nos: set[str]) -> dict[str, tuple[str, str]]:
    """By agent number: the names of the branch and team that the book has."""
    found: dict[str, tuple[str, str]] = {}
    for some in database.chunks(agent_nos):
        sql = (
            "SELECT a.agent_no, COALESCE(b.name, ''), COALESCE(t.name, '') FROM agent a"
            " LEFT JOIN team t ON t.id = a.team_id LEFT JOIN branch b ON b.id = t.branch_id"
            f" WHERE a.agent_no IN ({dialect.marks(some)})"
        )
        for number, branch, team in database.execute(sql, some):
            found[number] = (branch, team)
    return found


def _client_defaults(consent_on: str | None) -> dict[str, Any]:
    texts = (
        "gender",
        "phone",
        "phone_given",
        "email",
        "language",
        "timezone",
        "channel",
        "referred_by",
    )
    return {**dict.fromkeys(texts, ""), "consent_on": consent_on}


def _client_trail(change: Changes) -> list[Change]:
    facts = {name: list(pair) for name, pair in change.columns.items()}
    found = []
    if "marketing_consent" in facts:
        was, now = (None if each is None else bool(each) for each in facts["marketing_consent"])
        facts["marketing_consent"] = [was, now]
        if now or was or now is False:
            kind: ChangeKind = "consent.given" if now else "consent.withdrawn"
            told = {"marketing_consent": facts.pop("marketing_consent")}
            found.append(Change(kind, change.id, None, told))
    if facts:
        found.append(Change("contact.changed", change.id, None, facts))
    return found


def _policy_trail(changes: list[Changes], owners: Mapping[int, int]) -> list[Change]:
    """A changed policy on its client's card; one that was handed on also on the earlier client's."""
    agents = _numbers(models.Agent, "agent_no", changes, "agent_id")
    clients = _numbers(models.Client, "client_no", changes, "client_id")
    found = []
    for change in changes:
        cards = {owners[change.id], change.columns.get("client_id", (owners[change.id],))[0]}
        facts = {name: _shown(name, pair, agents, clients) for name, pair in change.columns.items()}
        groups: dict[ChangeKind, dict[str, Any]] = {
            "status.changed": {name: facts.pop(name) for name in STANDING if name in facts},
            "agent.changed": {"agent_no": facts.pop("agent_id")} if "agent_id" in facts else {},
            "client.changed": {"client_no": facts.pop("client_id")} if "client_id" in facts else {},
            "policy.changed": facts,
        }
        found += [
            Change(kind, client_id, change.id, group)
            for kind, group in groups.items()
            for client_id in sorted(cards)
            if group
        ]
    return found


def _numbers(
    model: type[models.Numbered], number: str, changes: list[Changes], column: str
) -> dict[int, str]:
    """By id: the numbers that people know the agents or clients by."""
    ids = {each for change in changes for each in change.columns.get(column, ())}
    found: dict[int, str] = {}
    for some in database.chunks(ids):
        sql = f"SELECT id, {number} FROM {database.table_of(model)} WHERE id IN "
        found.update(database.execute(f"{sql}({dialect.marks(some)})", some))
    return found


def _shown(
    name: str, pair: tuple[Any, Any], agents: Mapping[int, str], clients: Mapping[int, str]
) -> list[Any]:
    if name == "agent_id":
        return [agents.get(each, "") for each in pair]
    if name == "client_id":
        return [clients.get(each, "") for each in pair]
    if name in MONEY_COLUMNS:
        return [None if each is None else str(models.amount(each)) for each in pair]
    return list(pair)
