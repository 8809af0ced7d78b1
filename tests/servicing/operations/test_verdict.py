"""Plan and texts are checked once, and again after anything is changed that the check reads."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from policies import database, plan
from servicing.core import errors, i18n
from servicing.core.settings import Settings
from servicing.operations import installed, verdict
from servicing.operations.workspace import Workspace
from tests import cast
from tests.refusals import refuses

OWN_TEXT = "templates/messages/zh_CN/month_1.sms.txt"


def anew(space: Workspace, settings: Settings | None = None) -> Workspace:
    """The workspace as the next command opens it."""
    return Workspace(space.home, settings or space.settings)


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The plans that were checked."""
    made: list[Path] = []
    check = Workspace.check

    def counted(self: Workspace, of: plan.Plan, composer: Any, path: Path) -> None:
        made.append(path)
        check(self, of, composer, path)

    monkeypatch.setattr(Workspace, "check", counted)
    return made


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_an_unchanged_plan_is_checked_once(workspace: Workspace, checks: list[Path]) -> None:
    plans = [anew(workspace).plan for _ in range(3)]
    assert checks == [cast.STANDARD]
    assert plans[0] == plans[2]


def test_a_mistake_is_found_each_time(workspace: Workspace, checks: list[Path]) -> None:
    write(workspace.home / OWN_TEXT, "{{ nonsense }}")
    for _ in range(2):
        with refuses(errors.BadPlan, match="nonsense"):
            _ = anew(workspace).plan
    assert len(checks) == 2


def test_a_text_that_is_edited_later_is_checked(workspace: Workspace, checks: list[Path]) -> None:
    _ = anew(workspace).plan
    write(workspace.home / OWN_TEXT, "{{ client_name }}，您好")
    _ = anew(workspace).plan
    assert len(checks) == 2
    write(workspace.home / OWN_TEXT, "{{ nonsense }}")
    with refuses(errors.BadPlan, match="nonsense"):
        _ = anew(workspace).plan


def test_a_text_that_is_edited_meanwhile_is_checked_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = Workspace.check

    def edited_meanwhile(self: Workspace, *of: Any) -> None:
        check(self, *of)
        write(workspace.home / OWN_TEXT, "{{ nonsense }}")

    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "check", edited_meanwhile)
        _ = anew(workspace).plan
    with refuses(errors.BadPlan, match="nonsense"):
        _ = anew(workspace).plan


# ------------------------------------------------------------------------ what the digest consists of


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what comes with the program, that may be edited."""
    folder = shutil.copytree(i18n.shipped_templates(), tmp_path / "shipped")
    monkeypatch.setattr(i18n, "shipped_templates", lambda: folder)
    monkeypatch.setattr("servicing.messages.text_files.shipped_templates", lambda: folder)
    return folder


def digest(home: Path, settings: Settings | None = None) -> str:
    path = plan.find("ours", home)
    return verdict.digest_of(path, plan.load(path), home, settings or Settings())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace with a plan of its own."""
    write(tmp_path / "home/plans/ours.toml", cast.STANDARD.read_text("utf-8"))
    return tmp_path / "home"


EDITS: dict[str, Callable[[Path, Path], None]] = {
    "the plan": lambda home, shipped: append(home / "plans/ours.toml"),
    "a text of our own": lambda home, shipped: write(home / OWN_TEXT, "x"),
    "an own text of a language": lambda home, shipped: write(
        home / "templates/messages/en/month_1.email.txt", "Subject: x\n\nx"
    ),
    "a language of our own": lambda home, shipped: (home / "templates/messages/fr").mkdir(
        parents=True
    ),
    "a shipped SMS": lambda home, shipped: append(shipped / "messages/zh_CN/month_1.sms.txt"),
    "a shipped email": lambda home, shipped: append(shipped / "messages/en/news.email.txt"),
    "a shipped text that is gone": lambda home, shipped: (
        shipped / "messages/zh_CN/month_1.sms.txt"
    ).unlink(),
    "a word of letters": lambda home, shipped: append(shipped / "words/zh_CN/clients.po"),
}


def append(path: Path) -> None:
    write(path, path.read_text("utf-8") + "\n")


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_each_file_that_is_read_counts(
    edit: Callable[[Path, Path], None], home: Path, shipped: Path
) -> None:
    before = digest(home)
    assert digest(home) == before
    edit(home, shipped)
    assert digest(home) != before


def test_the_same_text_in_another_file_is_another_digest(home: Path) -> None:
    write(home / OWN_TEXT, "{{ client_name }}，您好")
    before = digest(home)
    (home / OWN_TEXT).rename(home / OWN_TEXT.replace("month_1", "month_4"))
    assert digest(home) != before


COUNTS = {
    "locale": {"servicing": {"locale": "en"}},
    "company": {"servicing": {"company": "Acme"}},
    "hotline": {"servicing": {"hotline": "95500"}},
    "country": {"servicing": {"country": "US"}},
    "grace": {"servicing": {"grace_days": 31}},
    "a product's grace": {"servicing": {"product_grace_days": {"x": 1}}},
    "the provider of SMS": {"channels": {"sms": {"default": "twilio"}}},
    "a route": {"channels": {"sms": {"routes": {"+1": "twilio"}}}},
    "the provider of email": {"channels": {"email": {"default": "smtp"}}},
    "an approved code": {"channels": {"aliyun": {"templates": {"zh_CN/news": {"code": "S1"}}}}},
    "the address of the pages": {"web": {"public_url": "https://example.com"}},
}
DOES_NOT = {
    "the database": {"servicing": {"database": "sqlite:///other.db"}},
    "a secret": {"channels": {"twilio": {"auth_token": "secret"}, "smtp": {"password": "x"}}},
    "a limit": {"permission": {"marketing_per_day": 3}},
}


@pytest.mark.parametrize("name", [*COUNTS, *DOES_NOT])
def test_each_setting_that_is_read_counts_and_no_other(name: str, home: Path) -> None:
    settings = msgspec.convert((COUNTS | DOES_NOT)[name], Settings)
    assert (digest(home, settings) != digest(home)) == (name in COUNTS)


@pytest.mark.parametrize("part", ["libraries", "modules"])
def test_the_program_and_its_libraries_count(
    part: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest(home)
    was = list(getattr(installed, part)())
    monkeypatch.setattr(installed, part, lambda: [*was[:-1], (*was[-1], "another version")])
    installed.digest.cache_clear()
    assert digest(home) != before
    monkeypatch.undo()
    installed.digest.cache_clear()
    assert digest(home) == before


class Watched:
    """Settings that note by what path they are asked, down to single values."""

    def __init__(self, of: Any, seen: set[str], path: str = "") -> None:
        self._of, self._seen, self._path = of, seen, path

    def __getattr__(self, name: str) -> Any:
        found, path = getattr(self._of, name), f"{self._path}.{name}".lstrip(".")
        if isinstance(found, msgspec.Struct):
            return Watched(found, self._seen, path)
        self._seen.add(path)
        return found


ROUTES = {
    "sms": {"default": "aliyun", "routes": {"+1": "twilio", "+86": "outbox"}},
    "email": {"default": "smtp"},
}


def test_the_check_reads_no_other_setting(tmp_path: Path) -> None:
    seen: set[str] = set()
    own = msgspec.convert({"channels": ROUTES}, Settings)
    watched: Any = Watched(own, seen)
    with refuses(errors.BadPlan):
        Workspace(tmp_path, watched).checked(cast.STANDARD)
    elsewhere = {path for path in seen if not path.startswith("servicing.")}
    assert elsewhere <= {
        "channels.sms.default",
        "channels.sms.routes",
        "channels.email.default",
        "channels.aliyun.templates",
        "web.public_url",
    }
    assert "servicing.database" not in seen


# -------------------------------------------------------------------------------- where it is kept


@pytest.fixture
def only_reading(workspace: Workspace) -> Iterator[None]:
    """A session that may not write, as on a standby."""
    is_sqlite = database.is_sqlite()
    database.execute(
        "PRAGMA query_only = 1" if is_sqlite else "SET default_transaction_read_only = on"
    )
    yield
    database.execute(
        "PRAGMA query_only = 0" if is_sqlite else "SET default_transaction_read_only = off"
    )


def test_a_session_that_only_reads_does_without(
    workspace: Workspace, only_reading: None, checks: list[Path]
) -> None:
    for _ in range(2):
        assert anew(workspace).plan.name == "standard"
    assert len(checks) == 2
    assert database.value("SELECT COUNT(*) FROM kept") == 0


def test_without_a_database_it_is_checked(
    tmp_path: Path, workspace: Workspace, checks: list[Path]
) -> None:
    database.database.close()
    for _ in range(2):
        assert Workspace(tmp_path, Settings()).plan.name == "standard"
    assert len(checks) == 2
    database.database.connect()
