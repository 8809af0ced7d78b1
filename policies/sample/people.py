"""The people of the synthetic book: the agents who serve, and the clients who buy.

Agents stand in branches and teams, each with a load of policies; clients come one by one, and may
be referred by those who came before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from random import Random
from typing import NamedTuple

from policies.dates import months_after
from policies.sample import names as words
from policies.sample.contracts import YEARS, Deal

REFERRALS_DEEP = 5

# Pools to draw from: a value stands in them as often as it should come up.
CHANNELS = words.pool("sms 84 email 12 none 4")
CONSENTS = ("yes",) * 70 + ("no",) * 20 + ("",) * 10
UNUSABLE_PHONES = ("12345", "待补")


# --- The staff ------------------------------------------------------------------------------


class SampleAgent(NamedTuple):
    """An agent, and how the clients drift away."""

    number: str
    facts: dict[str, str]
    leaving: tuple[float, ...]  # by policy year: the share of clients who have stopped paying


def staff(
    policies: int, agents: int, branches: int, rng: Random
) -> Iterator[tuple[SampleAgent, int]]:
    """The agents, branch by branch, each with the number of policies to serve."""
    left = policies
    for index in range(agents):
        branch, seat = divmod(index * branches, agents)
        teams = min(4 + branch % 3, -(-agents // branches))
        fair = left / (agents - index)
        # The last one takes what is left, and so the loads add up without being known beforehand.
        load = left if index == agents - 1 else round(fair * (0.35 + 1.3 * rng.random()))
        left -= load
        yield _agent(rng, index + 1, branch, words.TEAMS[seat * teams // agents]), load


def _agent(rng: Random, number: int, branch: int, team: str) -> SampleAgent:
    gender, born = words.pick(rng, "MF"), 1965 + int(35 * rng.random())
    again, city = divmod(branch, len(words.CITIES))
    facts = {
        "agent_name": words.pick(rng, words.FAMILY_NAMES)
        + words.given_name(gender, born, rng.random()),
        # From the other end of the range, so that a small book has no number twice.
        "agent_phone": words.phone_number(-number),
        "agent_email": f"a{number:05d}@example.com",
        "team": team,
        "branch": f"{words.CITIES[city]}{f'第{again + 1}' if again else ''}分公司",
    }
    return SampleAgent(f"A{number:05d}", facts, _leaving(rng, number))


def _leaving(rng: Random, number: int) -> tuple[float, ...]:
    """How the clients of agent `number` drift away.

    One agent in twelve, the third of the smallest book, loses a third before the second year.
    """
    lost = 0.32 if number % 12 == 3 else 0.17 if number % 6 == 0 else 0.08
    lost *= 0.7 + 0.6 * rng.random()
    yearly = [lost, lost * 0.5, *[lost * 0.3] * (YEARS - 2)]
    staying = accumulate(yearly, lambda stay, gone: stay * (1 - gone), initial=1.0)
    return tuple(1 - stay for stay in staying)[1:]


# --- Clients --------------------------------------------------------------------------------


@dataclass(slots=True)
class SampleClient:
    """A client, and the traits that those they refer share."""

    number: str
    name: str
    family_name: str
    english: bool
    gender: str
    birthday: date
    depth: int  # 1 = came alone, 2 = referred by such a one, ...
    referred_by: str
    facts: dict[str, str]


class _Kinship(NamedTuple):
    """The relation of somebody to the relative who referred them."""

    same_name: bool
    years_younger: range


# In China the spouses keep their own family names; children and brothers and sisters share one.
SPOUSE = _Kinship(False, range(-5, 6))
CHILD = _Kinship(True, range(22, 33))
SIBLING = _Kinship(True, range(-8, 9))
FRIEND = _Kinship(False, range(-12, 13))
KINSHIPS = (SPOUSE, CHILD, CHILD, SIBLING, FRIEND, FRIEND, FRIEND, FRIEND)


def client_for(
    rng: Random, number: int, deals: list[Deal], people: list[SampleClient], as_of: date
) -> SampleClient:
    """The client who buys `deals`: a newcomer, or referred by one of `people`."""
    by = _referrer(rng, people)
    kinship = words.pick(rng, KINSHIPS) if by else FRIEND
    english = by.english if by and kinship is not FRIEND else rng.random() < 0.03
    gender = words.pick(rng, "MF")
    if by and kinship is SPOUSE:
        gender = "F" if by.gender == "M" else "M"
    born = by.birthday.year + words.pick(rng, kinship.years_younger) if by else None
    birthday = _birthday(rng, deals[0].issued, born)
    if number % 211 == 40:  # beside those whom chance has given it: today is their birthday
        birthday = months_after(as_of, 12 * (birthday.year - as_of.year))
    family = by.family_name if by and kinship.same_name else _family_name(rng, english)
    return SampleClient(
        number=f"C{number:06d}",
        name=_full_name(rng, family, english, gender, birthday.year),
        family_name=family,
        english=english,
        gender=gender,
        birthday=birthday,
        depth=by.depth + 1 if by else 1,
        referred_by=by.number if by else "",
        facts={"gender": gender, "birthday": words.iso(birthday)}
        | _contact(rng, number, english, reachable=deals[0].settled),
    )


def _referrer(rng: Random, people: list[SampleClient]) -> SampleClient | None:
    """Somebody among `people` who refers the next client, or nobody.

    Old clients are asked most often, and so a few of them become centres of influence.
    """
    if not people or rng.random() > 0.45:
        return None
    friend = people[int(len(people) * rng.random() ** 1.5)]
    return friend if friend.depth < REFERRALS_DEEP else None


def _birthday(rng: Random, first_sale: date, year: int | None) -> date:
    """Born in or near `year`, but between 22 and 58 years old at the first sale.

    Fifteen years of sales later that is still not over 75, with a year to spare on either side.
    """
    age = first_sale.year - year if year else 22 + 18 * (rng.random() + rng.random())
    days = 365.25 * min(max(age, 22), 58) + 365 * rng.random()
    return date.fromordinal(first_sale.toordinal() - int(days))


def _family_name(rng: Random, english: bool) -> str:
    return words.pick(rng, words.ENGLISH_FAMILY_NAMES if english else words.FAMILY_NAMES)


def _full_name(rng: Random, family: str, english: bool, gender: str, born: int) -> str:
    if english:
        return f"{words.pick(rng, words.ENGLISH_GIVEN_NAMES[gender])} {family}"
    return family + words.given_name(gender, born, rng.random())


def _contact(rng: Random, number: int, english: bool, *, reachable: bool) -> dict[str, str]:
    """How the client may be written to; `reachable`, by a message of any kind."""
    spoilt = rng.random() < 0.01 and not reachable
    email = f"c{number:06d}@example.com" if rng.random() < 0.85 else ""
    channel, consent = words.pick(rng, CHANNELS), words.pick(rng, CONSENTS)
    if (channel == "email" and not email) or (channel == "none" and reachable):
        channel = "sms"
    abroad = rng.random() < (0.25 if english else 0.01)
    return {
        "phone": words.pick(rng, UNUSABLE_PHONES) if spoilt else words.phone_number(number),
        "email": email,
        "language": "en" if english else "zh_CN",
        "timezone": words.pick(rng, words.TIMEZONES) if abroad else "",
        "channel": channel,
        "marketing_consent": "yes" if reachable else consent,
    }
