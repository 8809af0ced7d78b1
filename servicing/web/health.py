"""For monitors: whether the house answers, and its numbers as Prometheus reads them.

Neither says anything of a person. The numbers are for the machine itself or the networks that
`[web] metrics_from` names, and never for who comes by the public address.
"""

import calendar
import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from policies import database
from servicing import vitals
from servicing.web.moment import today, workspace

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """`ok` where the database answers; else 503, and nothing more is told."""
    with database.explained():
        is_alive = vitals.is_alive()
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
    """Who asks from a network that may, directly: what a proxy passes on comes from anywhere."""
    web = workspace().settings.web
    if request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded"):
        return False
    public_host = urlsplit(web.public_url).hostname
    if public_host and urlsplit(f"//{request.host}").hostname == public_host:
        return False
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in ipaddress.ip_network(each) for each in web.metrics_from.split())


class _Numbers(Collector):
    """Asks the database when it is asked itself."""

    def collect(self) -> Iterator[Metric]:
        """Gauges only: what is so at this moment, or since midnight."""
        found = vitals.vitals(today())
        waiting = GaugeMetricFamily(
            "servicing_messages", "Messages that have no end yet, by state.", labels=["state"]
        )
        for state, count in found.waiting.items():
            waiting.add_metric([state], count)
        yield waiting
        name, told = (
            "servicing_tasks_overdue",
            "Open tasks that should have been done before today.",
        )
        yield GaugeMetricFamily(name, told, value=found.overdue_tasks)
        if found.last_walked:
            yield GaugeMetricFamily(
                "servicing_last_walked_day_timestamp_seconds",
                "The last day that was walked, as the moment at which it began in UTC.",
                value=calendar.timegm(found.last_walked.timetuple()),
            )
        hooks = GaugeMetricFamily(
            "servicing_hook_requests_today",
            "Requests to webhooks and links since midnight, by what came of them.",
            labels=["hook", "outcome"],
        )
        for hook, outcome, count in found.hooks:
            hooks.add_metric([hook, outcome], count)
        yield hooks
