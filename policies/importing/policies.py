"""Rows of a book become agents, clients and policies."""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import repeat
from typing import Any

from policies import database, models
from policies.erased import NOBODY, ErasedClients
from policies.importing.book import card_changes, left_out, queries, referrers, skeletons, teams
from policies.importing.book.changes import Changes
from policies.importing.book.claim_questions import ClaimQuestions
from policies.importing.book.left_out import LeftOut
from policies.importing.book.marks import RowMarks, Taken
from policies.importing.book.open_reassignments import OpenReassignments
from policies.importing.book.referrers import Referrers
from policies.importing.book.rows import AgentRow, ClientRow, PolicyRow, StandingRow
from policies.importing.book.standings import SAID, Standings
from policies.importing.book.teams import Teams
from policies.importing.book.upsert import SeenIds, Spoken, Upsert
from policies.importing.files.tables import FileRow
from policies.importing.findings import Findings, Refusal, Reject, Wrong
from policies.importing.kinds import Complete
from policies.importing.mapping.columns import RowBatch, RowReader, refused
from policies.importing.sense import sense
from policies.importing.sense.client_phones import ClientPhones
from policies.importing.sense.identities import Identities, Known
from policies.importing.sense.proportions import BookProportions
from policies.importing.sense.sense import Sense
from policies.notices import Notice, notice
from policies.status import SUSPENDED
from policies.trail import Trail

Columns = dict[str, list[Any]]
"""A batch's values by canonical column."""


class PolicyRows:
    """Takes in the rows of one book file, a batch at a time."""

    def __init__(
        self,
        reader: RowReader,
        standings: Standings,
        trail: Trail,
        read_by: str,
        erased: ErasedClients = NOBODY,
        known_referrers: Referrers = referrers.of_nobody,
    ) -> None:
        """`read_by`: see `RowMarks`."""
        self._erased, self._referrers = erased, known_referrers
        self.added = self.changed = self.passed = 0
        stated = reader.columns
        self._joined = joined = standings.joined
        self._marks = RowMarks(reader, read_by)
        self._trail = trail
        self._teams = Teams()
        self._tells_agents = queries.are_any(models.Agent)
        self._tells_branches = queries.are_any(models.Branch)
        self._findings = Findings()
        self._phones = ClientPhones(self._findings, reader.country)
        self._refused = SeenIds()
        self._is_later_change: dict[int, bool] = {}
        """Of clients who may be changed in the end: whether their row is changed by that alone."""
        self._ends_undone = 0
        self._first_undone = ""
        self._reassignments = OpenReassignments(joined.isoformat())
        self._claims = ClaimQuestions(joined)
        self._standings = standings
        self._stated = frozenset(stated)
        consent_on = joined if card_changes.CONSENT in stated else None
        self._agents = Upsert(models.Agent, AgentRow)
        self._clients = Upsert(models.Client, ClientRow, sense.STRICTER, consent_on=consent_on)
        self._policies = Upsert(models.Policy, PolicyRow)
        self._sense = Sense(self._findings, joined)
        self._proportions = BookProportions(self._findings)
        self._identities = Identities(self._clients, self._findings)

    def to_read(self, rows: list[FileRow]) -> list[FileRow]:
        """The rows of a batch that have to be read; the others say nothing new, and are passed over."""
        passed, others = self._marks.sift(rows, self._policies.seen)
        self._clients.passed, self._agents.passed = passed.clients, passed.agents
        self._policies.seen.update(passed.policies)
        self.passed = len(passed.policies)
        return others

    def take_in(self, batch: RowBatch) -> list[Reject]:
        """Adds and changes what the batch says; answers with the rows it refuses."""
        batch, bare = self._without_erased(batch)
        known = Known(
            self._policies.existing(batch.values["policy_no"]),
            self._clients.existing(batch.values["client_no"]),
            self._agents.existing(batch.values["agent_no"]),
        )
        mistaken = self._identities.refusals(batch, known)
        rejects, kept, decided = self._judge(batch, known.policies, mistaken)
        rows, lines, values = batch.rows, batch.lines, batch.values
        if rejects:
            rows, lines = [rows[place] for place in kept], [lines[place] for place in kept]
            values = {name: [column[place] for place in kept] for name, column in values.items()}
        warned = self._sense.look(lines, values, known.policies)
        if bare:
            warned |= {place for place, row in enumerate(rows) if (row.sheet, row.line) in bare}
        self._proportions.look(lines, values, known.policies)
        self._upsert(rows, lines, {**values, **decided}, known, warned)
        return rejects

    def _without_erased(self, batch: RowBatch) -> tuple[RowBatch, set[tuple[str, int]]]:
        """The batch as it may be taken, and the rows of clients who were erased, by sheet and line.

        They are told of each time, so none of them is passed over.
        """
        values, places = skeletons.bare(batch.values, self._erased)
        self._findings.add("erased_clients", skeletons.told(batch.rows, values, places))
        rows = (batch.rows[place] for place in places)
        return replace(batch, values=values), {(row.sheet, row.line) for row in rows}

    def refused(self, policy_nos: Iterable[str]) -> None:
        """Rows of these policies were refused: the file has spoken of them all the same."""
        known = queries.owned(set(policy_nos))
        self._refused.update([each.id for each in known.values()])

    def settle(self) -> int:
        """Change what only the whole file decides; answers how many more rows have changed something."""
        count = 0
        for changes in self._clients.settle():
            self._date_consents(changes)
            self._trail([*itertools.chain.from_iterable(map(card_changes.of_client, changes))])
            count += sum(self._is_later_change[each.id] for each in changes)
        return count

    def leave_out(self, complete: Complete) -> LeftOut:
        """What the file leaves out, now that all its rows are in: reported, then paused."""
        branches = None if complete == "book" else queries.branches_of(self._agents.seen)
        pages = queries.served(self._joined, branches)
        return left_out.policies((self._policies.seen, self._refused), pages, self._trail)

    def warnings(self) -> list[Notice]:
        """The warnings about the file as a whole."""
        kept = self._reassignments.kept
        found = [notice("earlier_agent_named", count=kept)] if kept else []
        if count := self._ends_undone:
            found.append(notice("end_taken_back", count=count, policy_no=self._first_undone))
        self._sense.close()
        self._proportions.close()
        return [*found, *self._findings.notices(), *self._claims.warnings()]

    # ------------------------------------------------------------------------------- one row

    def _judge(
        self,
        batch: RowBatch,
        stored: Mapping[str, PolicyRow],
        mistaken: Mapping[int, Refusal],
    ) -> tuple[list[Reject], list[int], Columns]:
        """The rows that are refused all the same, the places of the kept ones, and their standing."""
        rejects: list[Reject] = []
        kept: list[int] = []
        standings: list[StandingRow] = []
        accepted: set[str] = set()
        columns = [batch.values.get(name) or repeat(None) for name in SAID]
        self._standings.look_up(stored, batch.values)
        said = zip(*columns, batch.values["issue_date"])  # noqa: B905
        rows = zip(batch.values["policy_no"], said, strict=True)
        for place, (number, says) in enumerate(rows):
            was = stored.get(number)
            judged = self._standings.of(was, says)
            is_second = number in accepted or (was is not None and was.id in self._policies.seen)
            if refusal := _second(number) if is_second else mistaken.get(place) or judged.refusal:
                rejects.append(refused(batch.rows[place], [Wrong(*refusal)]))
                continue
            if judged.undoes_end:
                self._ends_undone += 1
                self._first_undone = self._first_undone or number
            accepted.add(number)
            kept.append(place)
            standings.append(judged.standing)
        decided = [list(column) for column in zip(*standings, strict=True)] or [
            [] for _ in StandingRow._fields
        ]
        return rejects, kept, dict(zip(StandingRow._fields, decided, strict=True))

    # ------------------------------------------------------------------------------ one batch

    def _upsert(
        self,
        rows: Sequence[FileRow],
        lines: Sequence[int],
        values: Columns,
        known: Known,
        warned: set[int],
    ) -> None:
        stored, numbers = known.policies, values["policy_no"]
        agents = self._upsert_agents(lines, values, known.agents)
        clients = self._upsert_clients(rows, lines, values, known.clients)
        stated = list(map(agents.ids.__getitem__, values["agent_no"]))
        values["agent_id"] = self._reassignments.of_today(numbers, stated, stored)
        values["client_id"] = list(map(clients.ids.__getitem__, values["client_no"]))
        applied = self._policies.put(numbers, values, stored)
        ids, changes, self.added = applied
        self._date_consents(clients.changes)
        self._keep_past_agents(changes)
        self._keep_past_suspensions(changes)
        of_known = {number: ids[number] for number in numbers if number in stored}
        touched = {change.id for change in changes}
        touched |= _spoken_for(of_known, numbers, values["client_no"], clients.ids, clients.changes)
        touched |= _spoken_for(of_known, numbers, values["agent_no"], agents.ids, agents.changes)
        self.changed = len(touched)
        speakers = dict(zip(reversed(values["client_no"]), reversed(numbers), strict=True))
        for client_no, client_id in clients.held.items():
            policy_id = of_known.get(speakers[client_no], 0)
            self._is_later_change.setdefault(client_id, policy_id > 0 and policy_id not in touched)
        if clients.changes or changes:
            owners = (ids[number] for number in numbers), values["client_id"]
            on_cards = [
                *itertools.chain.from_iterable(map(card_changes.of_client, clients.changes)),
                *card_changes.of_policies(changes, dict(zip(*owners, strict=True))),
            ]
            self._trail(on_cards)
        if questions := self._claims.take_in(ids, values, stored):
            self._trail(questions)
        self._marks.keep(
            Taken(rows, values, stored, applied, agents, clients, warned), self._joined
        )

    def _upsert_agents(
        self, lines: Sequence[int], values: Columns, stored: Mapping[str, AgentRow]
    ) -> Spoken:
        """The agents of the rows."""
        numbers = values["agent_no"]
        stated: dict[str, Sequence[Any]] = {
            name: values[f"agent_{name}"]
            for name in self._agents.columns
            if f"agent_{name}" in values
        }
        if not self._stated.isdisjoint(("team", "branch")):
            stated["team_id"] = list(
                map(self._teams.__getitem__, teams.units(values, self._stated))
            )
        spoken = self._agents.speak(numbers, lines, stated, stored)
        sense.tell_conflicts(self._findings, "agent", spoken.conflicts)
        self._tell_new(lines, values, spoken.ids.keys() - stored.keys())
        return spoken

    def _tell_new(self, lines: Sequence[int], values: Columns, agents: Collection[str]) -> None:
        """Tell which agents and branches the book never had, unless it had none at all."""
        if self._tells_agents and agents:
            found = _first_lines(agents, values["agent_no"], lines)
            sense.tell_new(self._findings, "new_agents", "agent_no", found)
        if self._tells_branches and (branches := self._teams.new_branches):
            found = _first_lines(branches, values["branch"], lines)
            sense.tell_new(self._findings, "new_branches", "branch", found)
        self._teams.new_branches.clear()

    def _upsert_clients(
        self,
        rows: Sequence[FileRow],
        lines: Sequence[int],
        values: Columns,
        stored: Mapping[str, ClientRow],
    ) -> Spoken:
        """The clients of the rows."""
        numbers = values["client_no"]
        stated: dict[str, Sequence[Any]] = {
            name: values[name] for name in self._clients.columns if name in values
        }
        stated["name"] = values["client_name"]
        if "referred_by" in values:
            said = values["referred_by"]
            stated["referred_by"] = referrers.kept(numbers, said, stored, self._referrers)
        if "phone" in values:
            phones = self._phones.take(rows, numbers, values["phone"], stored, self._clients.seen)
            stated["phone"], stated["phone_given"] = (
                zip(*phones, strict=True) if phones else ((), ())
            )
        spoken = self._clients.speak(numbers, lines, stated, stored)
        spoken.differing.update(self._phones.doubtful)
        sense.tell_conflicts(self._findings, "client", spoken.conflicts)
        return spoken

    def _date_consents(self, changes: Iterable[Changes]) -> None:
        day = self._joined.isoformat()
        dated = [(day, each.id) for each in changes if card_changes.CONSENT in each.columns]
        database.update_rows(models.Client, ("consent_on",), dated)

    def _keep_past_agents(self, changes: Iterable[Changes]) -> None:
        """Record the agents until now: past figures belong to the agent of their day (domain.md §8.6)."""
        day = self._joined.isoformat()
        past = [
            (each.id, each.columns["agent_id"].was, day)
            for each in changes
            if "agent_id" in each.columns
        ]
        database.insert_rows(models.PastAgent, ("policy_id", "agent_id", "until"), past)

    def _keep_past_suspensions(self, changes: Iterable[Changes]) -> None:
        """Record suspensions that have ended, of which it is known when they began (domain.md §8.16)."""
        ended = [
            (each.id, each.columns["suspended_on"].was, each.columns["status"].now)
            for each in changes
            if _ends_suspension(each)
        ]
        past = [
            (policy_id, since, max(self._joined, since).isoformat(), became)
            for policy_id, since, became in ended
        ]
        columns = ("policy_id", "suspended_on", "until", "became")
        database.insert_rows(models.PastSuspension, columns, past)


def _ends_suspension(change: Changes) -> bool:
    since, status = change.columns.get("suspended_on"), change.columns.get("status")
    return bool(since and since.was and status and status.was == SUSPENDED)


def _second(number: str) -> Refusal:
    """A second row of the file speaks of the policy."""
    return Refusal("policy_no", number, notice("policy_twice"))


def _first_lines(
    names: Collection[str], column: Sequence[str], lines: Sequence[int]
) -> dict[str, int]:
    """The line that speaks first of each name, in the order of the lines."""
    first: dict[str, int] = {}
    for name, line in zip(column, lines, strict=True):
        if name in names:
            first.setdefault(name, line)
    return first


def _spoken_for(
    known: Mapping[str, int],
    numbers: Sequence[str],
    keys: Sequence[str],
    ids: Mapping[str, int],
    changes: Sequence[Changes],
) -> set[int]:
    """The policies, known before, whose row was the one that changed their client or agent.

    `known`: the policies' ids by number; `keys` names the client or agent of each row, `ids` theirs.
    """
    if not changes:
        return set()
    changed = {change.id for change in changes}
    speakers: dict[str, str] = {}
    for key, number in zip(keys, numbers, strict=True):
        speakers.setdefault(key, number)
    return {
        known[number] for key, number in speakers.items() if ids[key] in changed and number in known
    }
