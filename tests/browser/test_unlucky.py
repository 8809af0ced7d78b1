"""An unlucky person: nothing is lost, nothing is done twice, and a sentence says what happened."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from policies import database
from policies.models import Client, Policy
from servicing.core.account_models import User, UserSession
from servicing.core.models import CardEntry, Task
from tests.browser import lived
from tests.browser.conftest import DESK, PHONE, Open, Words, is_wide_enough, lose_the_network

SIZES = {"phone": PHONE, "desk": DESK}


@pytest.fixture
def clients(address: str) -> Iterator[Iterator[str]]:
    """Clients with an open task of the agent's; afterwards the tasks are open again."""
    with database.database.connection_context():
        tasks = list(
            Task.select(Task, Policy, Client)
            .join(Policy)
            .join(Client)
            .where(Policy.agent == User.get(User.login == "agent").agent)
            .where((Task.state == "open") & (Task.show_on <= lived.NOW.date()))
            .where(Task.reason != "claim_asks")
            .order_by(Client.client_no)
        )
    with lived.tasks_kept():
        yield iter(dict.fromkeys(each.policy.client.client_no for each in tasks))


def written(client_no: str, kind: str, note: str) -> int:
    """How often it stands on the card of a client."""
    with database.database.connection_context():
        client = Client.get(Client.client_no == client_no)
        lines = CardEntry.select().where((CardEntry.client == client) & (CardEntry.kind == kind))
        return sum(json.loads(each.facts).get("note") == note for each in lines)


def begun(page: Page, client_no: str, tell: Words, note: str) -> int:
    """She has typed what became of a call; answers with how many tasks it is about."""
    page.goto(f"/day/{client_no}")
    page.get_by_label(tell("pages", "note")).fill(note)
    return (
        page.locator("form.record")
        .locator("input[name=task]:checked, input[type=hidden][name=task]")
        .count()
    )


def press(page: Page, tell: Words) -> None:
    page.get_by_role("button", name=tell("outcome", "spoke")).click()


def is_told(page: Page, sentence: str) -> None:
    expect(page.locator("main").get_by_text(sentence).first).to_be_visible()
    assert is_wide_enough(page)


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> dict[str, int]:
    return SIZES[request.param]


def test_an_unlucky_morning(
    visit: Open,
    tell: Words,
    size: dict[str, int],
    clients: Iterator[str],
    sessions: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = visit("agent", size, tell.asked)
    taps = 0

    # her session is over while she types
    client, note = next(clients), f"over {tell.asked} {size['width']}"
    count = begun(page, client, tell, note)
    with database.database.connection_context():
        UserSession.update(ended_at=lived.NOW).execute()
    sessions.clear()
    press(page, tell)
    is_told(page, tell("pages", "session_over"))
    page.fill("#login", "agent")
    page.fill("#password", lived.PASSWORD)
    page.click("main .btn-primary")
    sessions["agent"] = page.context.cookies()
    is_told(page, note)
    page.get_by_role("button", name=tell("pages", "unsent_send")).click()
    is_told(page, tell("pages", "recorded_done", count=count))
    assert written(client, "task.done", note) == count
    taps += 3

    # she presses twice, since the network is slow
    client, note = next(clients), f"twice {tell.asked} {size['width']}"
    count = begun(page, client, tell, note)
    page.get_by_role("button", name=tell("outcome", "spoke")).dblclick(no_wait_after=True)
    is_told(page, tell("pages", "recorded_done", count=count))
    assert written(client, "task.done", note) == count
    taps += 2

    # she goes back and presses once more
    page.go_back()
    if page.locator(f"form.record input[name=client][value='{client}']").count():
        press(page, tell)
        is_told(page, tell("pages", "recorded_done", count=count))
    assert written(client, "task.done", note) == count
    taps += 2

    # the same call in two tabs: one says it is done, the other that it is to be done tomorrow
    client, note = next(clients), f"tabs {tell.asked} {size['width']}"
    other = page.context.new_page()
    begun(other, client, tell, note)
    count = begun(page, client, tell, note)
    press(page, tell)
    is_told(page, tell("pages", "recorded_done", count=count))
    other.get_by_role("button", name=tell("day", "tomorrow")).click()
    is_told(other, tell("pages", "conflict"))
    assert written(client, "task.done", note) == count
    assert written(client, "task.postponed", note) == 0
    other.close()
    taps += 2

    # the network is gone while she records
    client, note = next(clients), f"lost {tell.asked} {size['width']}"
    page.goto("/day")
    count = begun(page, client, tell, note)
    lose_the_network(page)
    press(page, tell)
    is_told(page, tell("day", "no_connection"))
    expect(page.locator("#note")).to_have_value(note)
    press(page, tell)
    is_told(page, tell("day", "no_connection"))
    assert written(client, "task.done", note) == 0
    page.context.set_offline(False)
    press(page, tell)
    is_told(page, tell("pages", "recorded_done", count=count))
    assert written(client, "task.done", note) == count
    taps += 3
    with capsys.disabled():
        print(f"\nan unlucky morning at {size['width']} px, {tell.asked}: {taps} taps")
