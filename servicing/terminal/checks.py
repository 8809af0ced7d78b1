"""Spot checks as a terminal shows them, and the sheet that a checker fills in."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from policies import controls, records
from policies.models import Agent, Client, Policy
from policies.plan import text
from policies.question_set import ANSWERS, Judged
from servicing.checks.checking import Check
from servicing.checks.drawing import Drawn, StratumLine, strata
from servicing.checks.queries import CheckLine, DrawLine
from servicing.checks.report import Report, ReportLine
from servicing.core import i18n, output
from servicing.core.output import Format, percent
from servicing.terminal.lines import line
from servicing.terminal.words import word


def unit_name(key: str, locale: str) -> str:
    """A unit; the agents without one stand under a word."""
    return key or i18n.say("checks", "no_unit", locale)


# ------------------------------------------------------------------------------------------- a draw


def show_draw(drawn: Drawn, form: Format, locale: str) -> None:
    """What was drawn, unit by unit."""
    draw, rows = drawn.draw, strata(drawn.draw)
    facts = {
        "draw": draw.id,
        "is_new": drawn.is_new,
        "on": draw.drawn_on,
        "by": draw.unit,
        "seed": draw.seed,
        "share": draw.share,
        "min": draw.min_each,
        "frame": draw.frame,
        "drawn": draw.drawn,
        "questions": draw.edition,
    }
    if form == "json":
        output.emit_json({**facts, "strata": rows})
    elif form == "csv":
        output.emit_csv(rows, StratumLine)
    else:
        facts |= {"who": draw.drawn_by, "count": draw.drawn}
        line(
            i18n.say("checks", "drawn" if drawn.is_new else "drawn_before", locale, **facts), "bold"
        )
        named = [{**records.named(each), "key": unit_name(each.key, locale)} for each in rows]
        output.emit_table(named, ["key", "frame", "drawn"], locale)


def show_draws(lines: Sequence[DrawLine], locale: str) -> None:
    """All draws, the latest first."""
    if not lines:
        line(i18n.say("checks", "no_checks", locale))
        return
    rows = [{**records.named(each), "by": i18n.say("checks", each.by, locale)} for each in lines]
    columns = ["draw", "drawn_on", "by", "seed", "share", "frame", "drawn", "checked", "drawn_by"]
    output.emit_table(rows, columns, locale)


# ------------------------------------------------------------------------------------------ a list

LISTED = [*output.names_of(CheckLine), "ratio"]
"""The names of a row of CSV, and of an object of JSON."""


def list_row(of: CheckLine) -> dict[str, Any]:
    """A check as it is listed."""
    return {**records.named(of), "ratio": of.ratio}


def show_list(lines: Iterable[CheckLine], locale: str) -> None:
    """The checks, each with its score or a word that it is open."""
    rows = [_shown(each, locale) for each in lines]
    if not rows:
        line(i18n.say("checks", "no_checks", locale))
        return
    columns = ["check", "client_no", "client_name", "agent_no", "agent_name"]
    output.emit_table(rows, [*columns, "result", "red_lines"], locale)


def _shown(of: CheckLine, locale: str) -> dict[str, Any]:
    result = i18n.say("checks", "open", locale) if of.checker is None else percent(of.ratio)
    return {**records.named(of), "result": result, "red_lines": of.red_lines or ""}


# ----------------------------------------------------------------------------------------- a check


def items(of: Check, locale: str) -> list[dict[str, Any]]:
    """The questions of a check, each with its answer if it has one."""
    return [
        {
            "id": each.id,
            "touchpoint": each.touchpoint,
            "weight": each.weight,
            "red_line": each.red_line,
            "ask": text(each.ask, locale),
            "answer": of.answers.get(each.id),
        }
        for each in of.items
    ]


def document(of: Check, locale: str) -> dict[str, Any]:
    """A check as JSON has it."""
    check, result = of.check, of.result
    client, policy, agent = _of(of)
    found = {
        "check": check.id,
        "draw": check.draw_id,
        "drawn_on": check.draw.drawn_on,
        "stratum": check.stratum,
        "client_no": client.client_no,
        "client_name": client.name,
        "phone": client.phone,
        "policy_no": policy.policy_no,
        "agent_no": agent.agent_no,
        "agent_name": agent.name,
        "questions": check.draw.edition,
        "items": items(of, locale),
        "checker": None,
        "checked_on": None,
    }
    if result is None:
        return {**found, **worth(None)}
    said = {"checker": result.checker, "checked_on": result.checked_on}
    crossed = [each.id for each in of.items if each.red_line and of.answers[each.id] == "fail"]
    return {**found, **said, **worth(Judged(result.earned, result.possible, tuple(crossed)))}


def worth(judged: Judged | None) -> dict[str, Any]:
    """What the answers of a check are worth, as JSON has it; None: it is open."""
    if judged is None:
        return {"earned": None, "possible": None, "ratio": None, "red_lines": None}
    ratio = None if judged.ratio is None else float(judged.ratio)
    known = {"earned": judged.earned, "possible": judged.possible, "ratio": ratio}
    return {**known, "red_lines": list(judged.red_lines)}


def _of(check: Check) -> tuple[Client, Policy, Agent]:
    return check.check.client, check.check.policy, check.check.agent


def show_check(of: Check, locale: str) -> None:
    """Whom to ask, what, and what was found."""
    told = document(of, locale)
    line(i18n.say("checks", "check", locale, **told), "bold")
    rows = [{**each, "item": each["id"], "answer": _answer(each, locale)} for each in told["items"]]
    output.emit_table(rows, ["item", "weight", "ask", "answer"], locale)
    if of.result is None:
        line(i18n.say("checks", "is_open", locale))
    else:
        line(i18n.say("checks", "was_checked", locale, **{**told, "ratio": percent(told["ratio"])}))


def _answer(item: dict[str, Any], locale: str) -> str:
    said = i18n.say("checks", str(item["answer"]), locale) if item["answer"] else ""
    mark = i18n.say("checks", "red_line", locale) if item["red_line"] else ""
    return " ".join(filter(None, (mark, said)))


def sheet(of: Check, locale: str) -> Iterator[str]:
    """The lines of a file of TOML in which a checker writes the answers between the quotes."""
    told = document(of, locale)
    yield _comment(i18n.say("checks", "check", locale, **told))
    yield _comment(i18n.say("checks", "how_to_answer", locale, answers=" | ".join(ANSWERS)))
    yield _comment(i18n.say("checks", "how_to_note", locale))
    yield 'note = ""'
    yield ""
    yield "[answers]"
    for each in told["items"]:
        mark = i18n.say("checks", "red_line", locale) if each["red_line"] else ""
        yield _comment(f"{mark} {each['ask']}")
        yield f'{each["id"]} = ""'


def _comment(told: str) -> str:
    """A comment of TOML: one line, whatever a name has in it."""
    return f"# {' '.join(controls.inert(told).split())}"


# ----------------------------------------------------------------------------------------- a report


def show_report(found: Report, locale: str) -> None:
    """A row a unit, then all of them."""
    rows = [_report_row(each, unit_name(each.key, locale)) for each in found.rows]
    rows.append(_report_row(found.total, word("total", locale)))
    columns = ["key", "drawn", "checked", "open_checks", "passed_ratio", "red_lines"]
    output.emit_table(rows, columns, locale)


def _report_row(of: ReportLine, name: str) -> dict[str, Any]:
    return {
        **records.named(of),
        "key": f"{name} {of.name}".strip(),
        "open_checks": of.open,
        "passed_ratio": percent(of.passed_ratio),
    }
