"""Errors of the book: nouns that carry a code and its facts.

Everything that a person can put right is a `ServicingError`; the edges put it into words, in the
reader's language. Anything else that escapes is our bug.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from policies.notices import Notice


class ServicingError(Exception):
    """Something that a person can put right: a code of the catalogues, and the facts it names."""

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code)
        self.notice = Notice(code, facts)

    def __str__(self) -> str:
        """As a log has it: the code, then the facts."""
        return str(self.notice)


class UnreadableFile(ServicingError):
    """A file cannot be read as what it should be: missing, a folder, binary, malformed."""

    def __init__(self, path: Path | str, why: Notice) -> None:
        super().__init__("unreadable_file", path=str(path), why=why)


class UnwritableFile(ServicingError):
    """A file cannot be written."""

    def __init__(self, path: Path | str, why: Notice) -> None:
        super().__init__("unwritable_file", path=str(path), why=why)


class MissingColumns(ServicingError):
    """A book file lacks columns that every row needs."""

    def __init__(self, path: Path, missing: list[str], header: list[str], seems: int = 0) -> None:
        """`seems`: the line that looks more like the header."""
        super().__init__(
            "missing_columns_but" if seems else "missing_columns",
            path=str(path),
            missing=missing,
            count=len(missing),
            header=shorten(", ".join(header)) or "–",
            line=seems,
        )


class BadSetting(ServicingError):
    """A setting, or a key of a plan or mapping file, is invalid."""

    def __init__(self, where: str, why: Notice) -> None:
        super().__init__("bad_setting", where=where, why=why)


class BadPlan(ServicingError):
    """A service plan has a mistake: the file, the touchpoint, the mistake."""

    def __init__(self, path: Path, touchpoint: str | None, why: Notice) -> None:
        code = "bad_touchpoint" if touchpoint else "bad_plan"
        super().__init__(code, path=str(path), touchpoint=touchpoint, why=why)


class BadCaseKind(ServicingError):
    """A kind of case has a mistake: the file, the state or step and its line, the mistake."""

    def __init__(self, path: Path, place: str, line: int, why: Notice) -> None:
        code = "bad_case_place" if place else "bad_case_kind"
        code = "bad_case_line" if place and line else code
        super().__init__(code, path=str(path), place=place, line=line, why=why)


class BadRule(ServicingError):
    """A file of clocks has a mistake: the file, the rule, the mistake."""

    def __init__(self, path: Path, rule: str | None, why: Notice) -> None:
        super().__init__("bad_rule" if rule else "bad_clocks", path=str(path), rule=rule, why=why)


class RuleNotFound(ServicingError):
    """There is no clock of that name in the country."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__("rule_not_found" if known else "no_rules_known", name=name, known=known)


class RuleNotYetValid(ServicingError):
    """A clock has no version that is valid on that day."""

    def __init__(self, name: str, on: date, first: date) -> None:
        super().__init__("rule_not_yet_valid", name=name, on=on, first=first)


class BadQuestionSet(ServicingError):
    """The question set of a spot check has a mistake: the file, the item, the mistake."""

    def __init__(self, path: Path, item: str | None, why: Notice) -> None:
        super().__init__(
            "bad_question" if item else "bad_question_set", path=str(path), item=item, why=why
        )


class BadAssessment(ServicingError):
    """The file by which service is assessed has a mistake: the file, the factor, the mistake."""

    def __init__(self, path: Path, factor: str | None, why: Notice) -> None:
        super().__init__(
            "bad_factor" if factor else "bad_assessment", path=str(path), factor=factor, why=why
        )


class BadScorecard(ServicingError):
    """A scorecard of tiers has a mistake: the file, the factor or tier and its line, the mistake."""

    def __init__(self, path: Path, place: str, line: int, why: Notice) -> None:
        code = "bad_scorecard_place" if place else "bad_scorecard"
        code = "bad_scorecard_line" if place and line else code
        super().__init__(code, path=str(path), place=place, line=line, why=why)


class BadCommissions(BadScorecard):
    """A table of commissions has a mistake: the file, the rate and its line, the mistake."""


class BadCovers(BadScorecard):
    """A file of kinds of cover has a mistake: the file, the kind and its line, the mistake."""


class DropsTooMany(ServicingError):
    """A file that says that it is complete leaves out more than a tenth, and nobody has agreed."""

    def __init__(self, kind: str, count: int, of: int) -> None:
        super().__init__(f"drops_many_{kind}", count=count, of=of)
        self.kind = kind


class PolicyNotFound(ServicingError):
    """No policy of that number is in the book."""

    def __init__(self, policy_no: str) -> None:
        super().__init__("policy_not_found", policy_no=policy_no)


class ClientNotFound(ServicingError):
    """No client of that number is in the book."""

    def __init__(self, client_no: str) -> None:
        super().__init__("client_not_found", client_no=client_no)


class AgentNotFound(ServicingError):
    """No agent of that number is in the book."""

    def __init__(self, agent_no: str) -> None:
        super().__init__("agent_not_found", agent_no=agent_no)


class TeamNotFound(ServicingError):
    """No team of that name is in the book."""

    def __init__(self, name: str) -> None:
        super().__init__("team_not_found", name=name)


class BranchNotFound(ServicingError):
    """No branch of that name is in the book."""

    def __init__(self, name: str) -> None:
        super().__init__("branch_not_found", name=name)


class BadLines(ServicingError):
    """A file of instructions has invalid lines, so none of it is done."""

    SHOWN = 5

    def __init__(self, path: Path, refused: Sequence[Notice]) -> None:
        more = len(refused) - self.SHOWN
        shown = list(refused[: self.SHOWN])
        code = "bad_lines_and_more" if more > 0 else "bad_lines"
        super().__init__(code, path=str(path), lines=shown, count=more)


class NotMeasurable(ServicingError):
    """A figure that was asked for cannot be made from this book."""


class UnusableDatabase(ServicingError):
    """The database cannot be opened, or is not one of ours."""


class NewerDatabase(UnusableDatabase):
    """The database was migrated by a newer version than this one."""

    def __init__(self, unknown: list[str]) -> None:
        super().__init__("newer_database", migration=unknown[-1])


def shorten(value: str, limit: int = 60) -> str:
    """A value as a sentence can carry it: one line, no longer than `limit` characters."""
    line = " ".join(value.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
