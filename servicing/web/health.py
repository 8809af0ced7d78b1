"""For monitors: whether the house answers, and its numbers as Prometheus reads them.

Neither says anything of a person. The numbers are for whoever shows the token of `[web]
metrics_token`, and for the networks of `metrics_from`, by default the machine itself, where they ask
directly: a proxy passes on anybody's requests.
"""

import calendar
import datetime
import hmac
import ipaddress
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Blueprint, Response, abort, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from policies import database
from servicing.breaker.halts import HaltLine
from servicing.channels import directory
from servicing.core.settings import Web
from servicing.messages import history
from servicing.operations import health, modes
from servicing.operations import metrics as operations_metrics
from servicing.operations import queries as operations_queries
from servicing.operations.health import Status
from servicing.web import current
from servicing.web.current import hooks, now, today, workspace

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """`ok` where the database answers; else 503, and nothing more."""
    with database.explained():
        is_alive = operations_queries.is_alive()
    told, status = ("ok", 200) if is_alive else ("not ok", 503)
    return Response(f"{told}\n", status, content_type="text/plain; charset=utf-8")


@blueprint.get("/metrics")
def metrics() -> Response:
    """The numbers of this moment."""
    if not _may_read():
        abort(404)
    registry = CollectorRegistry()
    with database.explained():
        registry.register(_Numbers())
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read() -> bool:
    """Whether the request shows the token, or comes from an allowed network and by no proxy."""
    web = workspace().settings.web
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if web.metrics_token and hmac.compare_digest(shown.encode(), web.metrics_token.encode()):
        return True
    address = _address()
    if address is None or _may_be_a_proxys(web, address):
        return False
    return any(address in ipaddress.ip_network(each) for each in web.metrics_from.split())


Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _address() -> Address | None:
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _may_be_a_proxys(web: Web, address: Address) -> bool:
    """Whether somebody else may have sent it on.

    A proxy need not say so in a header: where the world reaches us at an address, one stands before
    us, on this machine unless the settings name another.
    """
    if current.was_passed_on() or (web.trusted_proxy and str(address) == web.trusted_proxy):
        return True
    return bool(web.public_url or web.trusted_proxy) and address.is_loopback


class _Numbers(Collector):
    """Asks the database when it is asked itself."""

    def collect(self) -> Iterator[Metric]:
        """Gauges only: what is so at this moment, or since midnight."""
        moment, on = now().astimezone(workspace().zone), today()
        space = workspace()
        general = space.settings.servicing
        is_open = modes.open_to_others(space.home, general)
        names = directory.routes_of(space.settings).names()
        found = health.status(names, on, moment, is_open, general.guarded_by_role)
        yield from _of_messages(found, moment)
        yield from _of_today(on)
        told = "Open tasks that should have been done before today."
        yield GaugeMetricFamily("servicing_tasks_overdue", told, value=found.overdue_tasks)
        if found.last_walked:
            yield GaugeMetricFamily(
                "servicing_last_walked_day_timestamp_seconds",
                "The last day that was walked, as the moment at which it began in UTC.",
                value=calendar.timegm(found.last_walked.timetuple()),
            )
        told = "How long the last walk of that day took."
        yield GaugeMetricFamily("servicing_walk_seconds", told, value=found.walk_seconds or 0)
        told = "Whether a `servicing run` keeps the clock of this database."
        yield GaugeMetricFamily("servicing_clock_kept", told, value=bool(found.clock))
        told = "How many `servicing worker` share the work."
        yield GaugeMetricFamily("servicing_workers", told, value=found.workers)
        told = "What the circuit breaker, or a person, has halted, and for what."
        kinds = Counter(_label(each) for each in found.halts)
        halts = ([*labels, count] for labels, count in kinds.items())
        yield _gauge("servicing_halts", told, ["kind", "subject", "cause"], halts)
        told = "Whether this needs a person: what `servicing status` ends with 1 for."
        codes = {each.code for each in found.needs}
        counts = ([code, code in codes] for code in health.CODES)
        yield _gauge("servicing_needs_a_person", told, ["code"], counts)


def _of_messages(found: Status, moment: datetime.datetime) -> Iterator[Metric]:
    """The messages that wait, and for how long."""
    told = "Messages that have no end yet, by state."
    yield _gauge("servicing_messages", told, ["state"], found.waiting.items())
    age = (moment - found.oldest_ready).total_seconds() if found.oldest_ready else 0
    told = "How long the oldest message that may leave has waited since it might."
    yield GaugeMetricFamily("servicing_queue_age_seconds", told, value=age)


def _of_today(on: datetime.date) -> Iterator[Metric]:
    """The touchpoints and messages that were due today, and the requests from outside."""
    told = "Touchpoints that fell due today."
    yield GaugeMetricFamily("servicing_touchpoints_today", told, value=operations_metrics.due(on))
    told = "Messages that were due today, by what became of them and why."
    causes = ((each.state, each.reason, each.count) for each in history.causes(on))
    yield _gauge("servicing_messages_today", told, ["state", "reason"], causes)
    told = "Requests to webhooks and links since midnight, by what came of them."
    requests = ((each.hook, each.outcome, each.requests) for each in hooks())
    yield _gauge("servicing_hook_requests_today", told, ["hook", "outcome"], requests)


def _label(halt: HaltLine) -> tuple[str, str, str]:
    """By what a halt is counted; single messages together, or there would be a series for each."""
    return halt.kind, "" if halt.kind == "message" else halt.subject, halt.cause


def _gauge(name: str, told: str, labels: list[str], rows: Iterable[Sequence[Any]]) -> Metric:
    """A gauge of several values: each row has its labels, and last its number."""
    gauge = GaugeMetricFamily(name, told, labels=labels)
    for *of, value in rows:
        gauge.add_metric([str(each) for each in of], float(value))
    return gauge
