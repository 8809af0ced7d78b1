"""Client events on a phone: no barrier, a thumb ticks who has come, and the list fits an A4."""

import re

import pytest

from policies import database
from servicing.operations.workspace import Workspace
from tests.browser import places
from tests.browser.barriers import barriers
from tests.browser.conftest import PHONE, Open
from tests.browser.places import Place

SMALLEST = 56
"""Pixels: at the door a button is larger than anywhere else."""


@pytest.fixture(scope="module")
def events(space: Workspace, address: str) -> list[Place]:
    with database.database.connection_context():
        return [each for each in places.every(space) if each.endpoint.startswith("events.")]


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_nobody_meets_a_barrier_at_an_event(locale: str, events: list[Place], visit: Open) -> None:
    for login in sorted({each.login or "" for each in events}):
        phone = visit(login, PHONE, locale)
        mine = [each for each in events if each.login == login]
        assert [told for each in mine for told in barriers(phone, each, "light")] == []


def test_who_has_come_is_ticked_by_one_tap_of_a_thumb(events: list[Place], visit: Open) -> None:
    door = next(each for each in events if each.endpoint == "events.door")
    page = visit("agent", PHONE, "en")
    page.goto(door.path)
    button = page.locator('button[value="attend"]').first
    box = button.bounding_box()
    assert box and box["height"] >= SMALLEST
    button.click()
    assert page.url.endswith(door.path)
    assert page.locator('button[value="absent"]').count() == 1
    page.locator('button[value="absent"]').click()
    assert page.locator('button[value="attend"]').count() == 1


def test_the_list_to_be_signed_fits_an_a4(events: list[Place], visit: Open) -> None:
    paper = next(each for each in events if each.endpoint == "events.paper")
    page = visit("agent", PHONE)
    page.goto(paper.path)
    page.emulate_media(media="print")
    assert page.locator(".attendance").is_visible() and not page.locator(".ways").is_visible()
    data = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", data)) == 1
