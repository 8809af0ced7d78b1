"""Reports on cases as a terminal shows them."""

from policies import records
from servicing.case_reports.complained import ComplainedOf, UnitLine
from servicing.case_reports.daily import Daily, DayLine
from servicing.cases.reports import Month, Week
from servicing.core import i18n, output

DAY = ["what", "verdict", "faulty", "out_of", "ratio", "expected", "limit"]
UNIT = ["unit", "complaints", "policies", "per_wan", "limit", "verdict"]
NOTHING = "—"


def show_report(found: Week | Month | Daily | ComplainedOf, locale: str) -> None:
    """A report as a table; of what is abnormal in a day a line says why, and what is done."""
    match found:
        case Daily():
            output.emit_table((_day(each, locale) for each in found.rows), DAY, locale)
            for each in found.abnormal:
                print(told(each, locale))
        case ComplainedOf():
            rows = [*found.rows, found.total]
            output.emit_table((_unit(each, locale) for each in rows), UNIT, locale)
        case _:
            _counts(found, locale)


def told(line: DayLine, locale: str) -> str:
    """Why something is abnormal, and what is done about it; or that nobody has said it yet."""
    what = i18n.say("case_reports", line.what, locale)
    if line.case is None:
        return i18n.say("case_reports", "unanswered", locale, what=what)
    return i18n.say(
        "case_reports",
        "answered",
        locale,
        what=what,
        case=line.case,
        cause=line.cause or NOTHING,
        measure=line.measure or NOTHING,
        owner=i18n.say("desk", line.owner, locale),
        due=line.due or NOTHING,
    )


def _day(line: DayLine, locale: str) -> dict[str, object]:
    return {
        "what": i18n.say("case_reports", line.what, locale),
        "verdict": i18n.say("case_reports", line.verdict, locale),
        "faulty": line.faulty,
        "out_of": line.of,
        "ratio": output.percent(line.ratio),
        "expected": output.percent(line.expected),
        "limit": output.percent(line.limit),
    }


def _unit(line: UnitLine, locale: str) -> dict[str, object]:
    # the name of a unit may be a word of ours as well: it is not translated
    is_word = line.key in ("", "total")
    named = i18n.say("case_reports", line.key or "nobody", locale) if is_word else line.key
    return {
        "unit": f"{named} {line.name}".strip(),
        "complaints": line.complaints,
        "policies": line.policies,
        "per_wan": NOTHING if line.per_wan is None else f"{line.per_wan:.2f}",
        "limit": output.percent(line.limit),
        "verdict": i18n.say("case_reports", line.verdict, locale),
    }


def _counts(found: Week | Month, locale: str) -> None:
    rows = [
        {"what": i18n.say("case_report", name, locale), "value": _figure(name, value)}
        for name, value in records.named(found).items()
        if not isinstance(value, dict)
    ]
    if isinstance(found, Week):
        rows += [{"what": name, "value": str(n)} for name, n in found.by_category.items()]
    else:
        for name in ("repeats", "upgraded"):
            share = getattr(found, name) / found.received if found.received else None
            said = i18n.say("case_report", f"{name}_share", locale)
            rows.append({"what": said, "value": output.percent(share)})
    output.emit_table(rows, ["what", "value"], locale)


def _figure(name: str, value: object) -> str:
    if name.endswith("_ratio"):
        return output.percent(value if isinstance(value, float) else None)
    if value is None:
        return NOTHING
    return f"{value:.2f}" if isinstance(value, float) else str(value)
