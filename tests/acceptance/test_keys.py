"""Keys by the command line: listed without their secrets, renewed, and refused where they do not fit."""

import re
from pathlib import Path

from servicing.operations import keyring
from tests.acceptance.frontdoor import call


def test_keys_are_listed_by_fingerprint_and_never_shown(office: Path) -> None:
    assert call("keys", "list", "--format", "json", cwd=office).done().document() == []
    first = call("keys", "rotate", cwd=office).done().lines()
    assert first[0].startswith("Key ") and keyring.FILE in first[1]
    call("keys", "rotate", cwd=office).done()
    told = call("keys", "list", "--format", "json", cwd=office).done()
    assert [each["state"] for each in told.document()][:2] == ["signs", "verifies"]
    shown = told.out + call("keys", "list", cwd=office).done().out
    stored = (office / keyring.FILE).read_text("utf-8")
    secrets = re.findall('secret = "([^"]+)"', stored)
    assert len(secrets) == 2 and not any(each in shown for each in secrets)


def test_a_renewal_with_forget_leaves_one_key(office: Path) -> None:
    call("keys", "rotate", cwd=office).done()
    assert "open nothing any more" in call("keys", "rotate", "--forget", cwd=office).done().out
    (only,) = call("keys", "list", "--format", "json", cwd=office).done().document()
    assert (only["state"], only["links_until"]) == ("signs", None)


def test_a_service_whose_keys_are_not_the_books_says_what_to_do(office: Path) -> None:
    call("keys", "rotate", cwd=office).done()
    (office / keyring.FILE).unlink()
    public = {"SERVICING_WEB_PUBLIC_URL": "https://service.example.com"}
    for words in (("web",), ("run",), ("worker",), ("dispatch",)):
        told = call(*words, cwd=office, env=public).refused()
        assert "keys rotate --forget" in told and "SERVICING_KEYS" in told
    call("dispatch", cwd=office).done()
    call("keys", "rotate", "--forget", cwd=office).done()
    call("dispatch", cwd=office, env=public).done()
