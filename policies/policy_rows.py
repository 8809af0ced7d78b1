"""Rows of a book become agents, clients and policies."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from policies import database, models, status
from policies.columns import Reject
from policies.rows import Row
from policies.timeline import ENDED
from policies.trail import Change, Trail
from policies.upsert import Difference, Upsert, Values

Read = dict[str, Any]
"""A row's values by canonical column."""

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
ALWAYS = ("status", "ended_on", "served_from", "client_id", "agent_id")
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

    def take_in(self, batch: list[tuple[Row, Read]]) -> list[Reject]:
        """Adds and changes what the batch says; answers with the rows it refuses."""
        stored = self._policies.existing(read["policy_no"] for _, read in batch)
        accepted: dict[str, Read] = {}
        rejects: list[Reject] = []
        for row, read in batch:
            policy_no = read["policy_no"]
            reject = self._refusal(row, read, stored.get(policy_no), policy_no in accepted)
            if reject:
                rejects.append(reject)
            else:
                accepted[policy_no] = read
        self._upsert(accepted, stored)
        return rejects

    def warnings(self) -> list[str]:
        """What a person should know of the file as a whole."""
        told = {
            "phone numbers cannot be one and are kept out of SMS": self._unusable_phones,
            "rows describe their client otherwise than an earlier row; the first was kept": (
                self._clients.conflicts
            ),
            "rows describe their agent otherwise than an earlier row; the first was kept": (
                self._agents.conflicts
            ),
        }
        return [f"{count} {what}" for what, count in told.items() if count]

    # ------------------------------------------------------------------------------- one row

    def _refusal(
        self, row: Row, read: Read, stored: tuple[int, Values] | None, is_twice: bool
    ) -> Reject | None:
        """Why a row that reads well is refused all the same; else what it leaves open is filled in."""
        number = read["policy_no"]
        if is_twice or (stored and stored[0] in self._policies.seen):
            return Reject(
                row.line, "policy_no", number, "stands more than once in this file", row.cells
            )
        was = dict(zip(self._policies.columns, stored[1], strict=True)) if stored else {}
        self._fill_status(read, was)
        issued, ended = read["issue_date"], read["ended_on"]
        if ended and ended < issued:
            reason = f"a date on or after the issue date {issued} was expected"
            return Reject(row.line, "ended_on", ended, reason, row.cells)
        if was and not status.may_become(was["status"], read["status"]):
            reason = f"a policy that is {was['status']!r} cannot become {read['status']!r}"
            return Reject(row.line, "status", read["status"], reason, row.cells)
        if read.get("phone", ("", ""))[1]:
            self._unusable_phones += 1
        return None

    def _fill_status(self, read: Read, was: Mapping[str, Any]) -> None:
        """Status, end and start of service, where the row leaves them open."""
        says_nothing = "status" not in read and "ended_on" not in read
        if was and says_nothing:
            read["status"], read["ended_on"] = was["status"], was["ended_on"]
        ended_on = read.get("ended_on")
        meant = status.stated(read.get("status", ""), ended_on)
        if was and not read.get("status") and ended_on and was["status"] in ENDED:
            meant = was["status"]
        if meant in ENDED and not ended_on:
            ended_on = was.get("ended_on") or max(self._joined, read["issue_date"])
        read["status"], read["ended_on"] = meant, ended_on
        resumes = not was or status.is_reinstated(was["status"], meant)
        read["served_from"] = self._joined if resumes else was["served_from"]

    # ------------------------------------------------------------------------------ one batch

    def _upsert(self, accepted: dict[str, Read], stored: dict[str, tuple[int, Values]]) -> None:
        agents: dict[str, Values] = {}
        clients: dict[str, Values] = {}
        speaker: dict[str, str] = {}
        for policy_no, read in accepted.items():
            self._state(self._agents, agents, read["agent_no"], self._agent_values(read))
            if read["client_no"] not in clients:
                speaker[read["client_no"]] = policy_no
            self._state(self._clients, clients, read["client_no"], self._client_values(read))
        agent_ids, agent_changes, _ = self._agents.apply(agents)
        client_ids, client_changes, _ = self._clients.apply(clients)
        for read in accepted.values():
            read["agent_id"], read["client_id"] = (
                agent_ids[read["agent_no"]],
                client_ids[read["client_no"]],
            )
        policies = {
            policy_no: tuple(read[name] for name in self._policies.columns)
            for policy_no, read in accepted.items()
        }
        ids, policy_changes, self.added = self._policies.apply(policies, stored)
        self._date_consents(client_changes)
        touched_clients = {change.id for change in client_changes}
        touched = {change.id for change in policy_changes} | {
            ids[policy_no]
            for client_no, policy_no in speaker.items()
            if client_ids[client_no] in touched_clients and policy_no in stored
        }
        self.changed = len(touched)
        if client_changes or policy_changes:
            owners = {ids[number]: read["client_id"] for number, read in accepted.items()}
            self._trail(
                [
                    *(each for change in client_changes for each in _client_trail(change)),
                    *_policy_trail(policy_changes, owners),
                ]
            )

    def _state(self, upsert: Upsert, stated: dict[str, Values], key: str, values: Values) -> None:
        """The first row of the file that speaks of an agent or a client decides."""
        if stated.setdefault(key, values) != values:
            upsert.conflicts += 1

    def _agent_values(self, read: Read) -> Values:
        values = [read[name] for name in self._agents_state]
        if "agent_phone" in self._agents_state:
            place = list(self._agents_state).index("agent_phone")
            values[place] = "".join(values[place])
        if self._has_team:
            values.append(self._team_id(read.get("branch", ""), read.get("team", "")))
        return tuple(values)

    def _client_values(self, read: Read) -> Values:
        values = tuple(read[name] for name in self._clients_state)
        return values + read["phone"] if self._has_phone else values

    def _team_id(self, branch: str, team: str) -> int | None:
        if not branch and not team:
            return None
        if (branch, team) not in self._teams:
            unit = models.Branch.get_or_create(name=branch)[0] if branch else None
            self._teams[branch, team] = models.Team.get_or_create(branch=unit, name=team)[0].id
        return self._teams[branch, team]

    def _date_consents(self, changes: Iterable[Difference]) -> None:
        dated = [
            (self._joined, change.id) for change in changes if "marketing_consent" in change.columns
        ]
        database.update_rows(models.Client, ("consent_on",), dated)


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


def _client_trail(change: Difference) -> list[Change]:
    facts = dict(change.columns)
    found = []
    if consent := facts.pop("marketing_consent", None):
        kind = "consent.given" if consent[1] else "consent.withdrawn"
        found.append(Change(kind, change.id, None, {"marketing": list(consent)}))  # type: ignore[arg-type]
    if facts:
        contact = {name: list(pair) for name, pair in facts.items()}
        found.append(Change("contact.changed", change.id, None, contact))
    return found


def _policy_trail(changes: list[Difference], owners: Mapping[int, int]) -> list[Change]:
    numbers = _agent_numbers(changes)
    found = []
    for change in changes:
        facts = {name: _shown(name, pair, numbers) for name, pair in change.columns.items()}
        groups: dict[str, dict[str, Any]] = {
            "status.changed": {name: facts.pop(name) for name in ALWAYS[:3] if name in facts},
            "agent.changed": {"agent_no": facts.pop("agent_id")} if "agent_id" in facts else {},
            "policy.changed": facts,
        }
        found += [
            Change(kind, owners[change.id], change.id, group)  # type: ignore[arg-type]
            for kind, group in groups.items()
            if group
        ]
    return found


def _agent_numbers(changes: list[Difference]) -> dict[int, str]:
    ids = {number for change in changes for number in change.columns.get("agent_id", ())}
    found: dict[int, str] = {}
    for some in database.chunks(ids):
        marks = ", ".join("?" * len(some))
        found.update(
            database.execute(f"SELECT id, agent_no FROM agent WHERE id IN ({marks})", some)
        )
    return found


def _shown(name: str, pair: tuple[Any, Any], agent_numbers: Mapping[int, str]) -> list[Any]:
    if name == "agent_id":
        return [agent_numbers.get(each, "") for each in pair]
    if name in MONEY_COLUMNS:
        return [None if each is None else str(models.amount(each)) for each in pair]
    return list(pair)
