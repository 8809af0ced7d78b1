"""Every route and everybody: who may come where.

The columns are whoever has not come in, Chen Yan (whose client C001 is), Sun Li (an agent of another
branch), the managers of Chen Yan's team, of her branch and of the other branch, operations, and the
administrator. `+` may, `-` is told that there is none (404), `>` is asked to come in first; a number
is another refusal. A route that is not in the table fails the test.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from werkzeug.test import TestResponse

VISITORS = ("", "chenyan", "sunli", "team", "shanghai", "beijing", "ops", "admin")
TABLE = """
                                                 -  chenyan sunli team shanghai beijing ops admin
GET  /                                           >  +  +  +  +  +  +  +
GET  /login                                      +  +  +  +  +  +  +  +
POST /login                                      401 401 401 401 401 401 401 401
GET  /login/second                               401 +  +  +  +  +  +  +
POST /login/second                               401 +  +  +  +  +  +  +
GET  /login/openid                               -  -  -  -  -  -  -  -
GET  /login/openid/back                          -  -  -  -  -  -  -  -
GET  /login/openid/out                           -  -  -  -  -  -  -  -
POST /language                                   +  +  +  +  +  +  +  +
GET  /account                                    >  +  +  +  +  +  +  +
GET  /account/password                           >  +  +  +  +  +  +  +
POST /account/password                           >  +  +  +  +  +  +  +
GET  /account/second-factor                      >  +  +  +  +  +  +  +
POST /account/second-factor/app                  >  +  +  +  +  +  +  +
POST /account/second-factor/app/try              >  +  +  +  +  +  +  +
POST /account/second-factor/passkey              >  +  +  +  +  +  +  +
POST /account/second-factor/passkey/try          >  +  +  +  +  +  +  +
POST /account/second-factor/codes                >  +  +  +  +  +  +  +
POST /account/second-factor/remove               >  +  +  +  +  +  +  +
POST /account/sessions                           >  +  +  +  +  +  +  +
POST /account/feed                               >  +  +  +  +  +  +  +
GET  /calendar/made-up.ics                       -  -  -  -  -  -  -  -

GET  /day                                        >  +  +  -  -  -  -  -
GET  /day/C001                                   >  +  -  -  -  -  -  -
GET  /day/nobody                                 >  -  -  -  -  -  -  -
GET  /day/view/waiting                           >  +  +  -  -  -  -  -
GET  /day/view/nothing                           >  -  -  -  -  -  -  -
GET  /day/week                                   >  +  +  +  +  +  -  -
GET  /day/week?agent=A001                        >  +  +  +  +  -  -  -
GET  /day/month?from=2026-07-01                  >  +  +  +  +  +  -  -
POST /day/move                                   >  +  -  +  +  -  -  -
GET  /day/how                                    >  +  +  -  -  -  -  -
POST /day                                        >  +  -  -  -  -  -  -
POST /day/undo                                   >  +  -  -  -  -  -  -

GET  /clients                                    >  +  +  +  +  +  +  +
POST /clients/filters                            >  +  +  +  +  +  +  +
GET  /clients/C001                               >  +  -  +  +  -  +  +
GET  /clients/C001/why?policy=P001&touchpoint=month_1 >  +  -  +  +  -  +  +
GET  /clients/C001/complaint                     >  +  -  +  +  -  +  -
POST /clients/C001/complaint/form                >  +  -  +  +  -  +  -
POST /clients/C001/complaint                     >  +  -  +  +  -  +  -
GET  /clients/C001/cases/enquiry                 >  +  -  +  +  -  +  -
POST /clients/C001/cases/enquiry/form            >  +  -  +  +  -  +  -
POST /clients/C001/cases/enquiry                 >  +  -  +  +  -  +  -
GET  /clients/C001/cases/improvement             >  -  -  +  +  -  -  -
GET  /clients/C001/cases/callback                >  -  -  -  -  -  -  -
POST /clients/C001/remarks                       >  +  -  +  +  -  +  -
POST /clients/C001/consent                       >  +  -  +  +  -  +  -
GET  /clients/C001/review                        >  +  -  +  +  -  -  -
POST /clients/C001/review                        >  +  -  +  +  -  -  -
POST /clients/C001/family                        >  +  -  +  +  -  -  -
POST /clients/C001/death                         >  +  -  +  +  -  +  -
GET  /clients/nobody                             >  -  -  -  -  -  -  -

GET  /cases                                      >  +  +  +  +  +  +  +
GET  /cases?view=overdue&kind=complaint          >  +  +  +  +  +  +  +
GET  /cases/complaint                            >  +  +  +  +  +  +  -
POST /cases/complaint                            >  +  +  +  +  +  +  -
GET  /cases/new/enquiry                          >  +  +  +  +  +  +  -
POST /cases/new/enquiry/form                     >  +  +  +  +  +  +  -
POST /cases/new/enquiry                          >  +  +  +  +  +  +  -
GET  /cases/new/improvement                      >  -  -  +  +  +  -  -
GET  /cases/new/problem                          >  -  -  -  -  -  -  -
GET  /cases/{case}                               >  -  -  +  +  -  -  +
POST /cases/{case}/steps                         >  -  -  +  +  -  -  +

GET  /leads                                      >  +  +  +  +  +  -  -
GET  /leads?from=2026-01-01&to=2026-06-30        >  +  +  +  +  +  -  -
GET  /leads/1                                    >  -  -  -  -  -  -  -
POST /leads/1                                    >  -  -  -  -  -  -  -
GET  /leads/of/C001                              >  +  -  +  +  -  -  -
POST /leads/of/C001/ask                          >  +  -  +  +  -  -  -
POST /leads/of/C001/names                        >  +  -  +  +  -  -  -

GET  /events                                     >  +  +  +  +  +  +  +
GET  /events?view=over                           >  +  +  +  +  +  +  +
GET  /events/1                                   >  -  -  -  -  -  -  -
POST /events/1                                   >  -  -  -  -  -  -  -
POST /events/1/parties                           >  -  -  -  -  -  -  -
GET  /events/1/door                              >  -  -  -  -  -  -  -
POST /events/1/door                              >  -  -  -  -  -  -  -
GET  /events/1/paper                             >  -  -  -  -  -  -  -

GET  /desks/tasks                                >  -  -  +  +  +  -  +
GET  /desks/tasks?desk=quality&view=later        >  -  -  +  +  +  -  +
GET  /desks/tasks/1                              >  -  -  -  -  -  -  -
POST /desks/tasks/1                              >  -  -  -  -  -  -  -
POST /desks/tasks/1/undo                         >  -  -  -  -  -  -  -

GET  /month                                      >  -  -  +  +  +  -  -
GET  /month?branch=上海                          >  -  -  +  +  -  -  -
GET  /month?agent=A001&month=2026-03             >  -  -  +  +  -  -  -
GET  /month/grace                                >  -  -  +  +  +  -  -
GET  /month/agents?team=一部                     >  -  -  +  +  -  -  -
GET  /month/changed                              >  -  -  +  +  +  -  -
GET  /month/overdue                              >  -  -  +  +  +  -  -
GET  /month/fresh                                >  -  -  +  +  +  -  -
GET  /month/orphans                              >  -  -  +  +  +  -  -
GET  /month/handed                               >  -  -  +  +  +  -  -
GET  /month.pdf?agent=A001                       >  -  -  +  +  -  -  -
GET  /month/hand?policy=P001                     >  -  -  +  +  -  -  -
POST /month/hand                                 >  -  -  +  +  +  -  -
GET  /month/reassign?policy=P001&to=A000         >  -  -  +  +  -  -  -
POST /month/reassign                             >  -  -  +  +  +  -  -

GET  /persistency                                >  -  -  +  +  +  -  +
GET  /persistency?branch=上海                    >  -  -  +  +  -  -  +
GET  /persistency/policies?agent=A001            >  -  -  +  +  -  -  +
GET  /persistency/collect?team=一部              >  -  -  +  +  -  -  +
GET  /persistency/deciding?agent=A001            >  -  -  +  +  -  -  +
GET  /persistency/export?agent=A001&kind=csv     >  -  -  +  +  -  -  +
GET  /scorecard?agent=A001                       >  -  -  +  +  -  -  +
GET  /scorecard/export?branch=上海               >  -  -  +  +  -  -  +
GET  /assessment                                 >  +  +  +  +  +  -  +
GET  /assessment?agent=A001                      >  +  -  +  +  -  -  +
GET  /assessment/persistency?agent=A001          >  +  -  +  +  -  -  +
GET  /assessment/referrals?agent=A001            >  +  -  +  +  -  -  +
GET  /assessment/add_on?agent=A001               >  +  -  +  +  -  -  +
GET  /assessment/coverage?agent=A001             >  +  -  +  +  -  -  +
GET  /assessment/complaints?agent=A001           >  -  -  +  +  -  -  +
GET  /assessment/smiles                          >  -  -  -  -  -  -  -
GET  /earnings                                   >  +  +  +  +  +  -  -
GET  /earnings?agent=A001&period=2026            >  +  -  +  +  -  -  -
GET  /cases/reports                              >  -  -  +  +  +  +  +
GET  /cases/reports/daily                        >  -  -  +  +  +  +  +
GET  /cases/reports/monthly                      >  -  -  +  +  +  +  +
GET  /cases/reports/complained-of?by=agent       >  -  -  +  +  +  +  +
GET  /cases/reports/callbacks                    >  -  -  +  +  +  +  +
GET  /cases/reports/nothing                      >  -  -  -  -  -  -  -
GET  /cases/reports/weekly/received              >  -  -  +  +  +  +  +
GET  /cases/reports/daily/red_line-of            >  -  -  +  +  +  +  +
GET  /cases/reports/callbacks/issued             >  -  -  +  +  +  +  +
GET  /cases/reports/weekly/nothing               >  -  -  -  -  -  -  -
GET  /stages                                     >  +  +  +  +  +  -  +
GET  /stages/before                              >  +  +  +  +  +  -  +
POST /clients/C001/tier                          >  -  -  +  +  -  +  -
GET  /satisfaction                               >  +  +  +  +  +  -  +
GET  /satisfaction?agent=A001                    >  +  -  +  +  -  -  +
GET  /influence                                  >  -  -  +  +  +  -  +
GET  /influence/C001                             >  -  -  +  +  -  -  +

GET  /dispatch                                   >  -  -  -  -  -  +  +
POST /dispatch/retry                             >  -  -  -  -  -  +  +
POST /dispatch/halt                              >  -  -  -  -  -  +  +
GET  /dispatch/queue                             >  -  -  -  -  -  +  +
GET  /dispatch/decide                            >  -  -  -  -  -  +  +
POST /dispatch/decide                            >  -  -  -  -  -  +  +
GET  /dispatch/messages                          >  -  -  -  -  -  +  +
GET  /dispatch/messages/{message}                >  -  -  -  -  -  +  +
POST /dispatch/messages/{message}/retry          >  -  -  -  -  -  +  +
POST /dispatch/messages/{message}/settle         >  -  -  -  -  -  +  +
POST /dispatch/resume                            >  -  -  -  -  -  +  +
GET  /dispatch/barred                            >  -  -  -  -  -  +  +
GET  /dispatch/barred/lift?whom=C001             >  -  -  -  -  -  +  +
POST /dispatch/barred                            >  -  -  -  -  -  +  +
GET  /book                                       >  -  -  -  -  -  +  +
POST /book                                       >  -  -  -  -  -  +  +
GET  /book/imports/made-up                       >  -  -  -  -  -  -  -
GET  /book/imports/made-up/rejects.csv           >  -  -  -  -  -  -  -
GET  /book/imports/made-up/rejects.xlsx          >  -  -  -  -  -  -  -
POST /book/imports/made-up                       >  -  -  -  -  -  -  -
GET  /book/imports/made-up/columns               >  -  -  -  -  -  -  -
POST /book/imports/made-up/columns               >  -  -  -  -  -  -  -
GET  /book/imports/made-up/mapping.toml          >  -  -  -  -  -  -  -
GET  /plan                                       >  -  -  -  -  -  +  +
GET  /plan/preview                               >  -  -  -  -  -  +  +
GET  /plan/texts                                 >  -  -  -  -  -  +  +
GET  /plan/compare                               >  -  -  -  -  -  +  +
POST /plan/compare                               >  -  -  -  -  -  +  +
GET  /orphans                                    >  -  -  -  -  -  +  +
GET  /reassign?from=A001                         >  -  -  -  -  -  +  +
POST /reassign                                   >  -  -  -  -  -  +  +
GET  /people                                     >  -  -  -  -  -  -  +
POST /people                                     >  -  -  -  -  -  -  +
POST /people/state                               >  -  -  -  -  -  -  +
POST /people/second-factor                       >  -  -  -  -  -  -  +
POST /people/openid                              >  -  -  -  -  -  -  -
POST /people/password                            >  -  -  -  -  -  -  +
GET  /views                                      >  -  -  -  -  -  -  +
GET  /audit                                      >  -  -  -  -  -  -  +
GET  /callbacks                                  >  -  -  -  -  -  -  +
GET  /callbacks/1                                >  -  -  -  -  -  -  -
POST /callbacks/1/attempt                        >  -  -  -  -  -  -  -
POST /callbacks/1/answers                        >  -  -  -  -  -  -  -
GET  /keeping                                    >  +  +  +  +  +  -  +
GET  /keeping?view=cases                         >  +  +  +  +  +  -  +
GET  /checks                                     >  -  -  +  +  +  -  +
GET  /checks?view=done                           >  -  -  +  +  +  -  +
GET  /checks?draw=1                              >  -  -  -  -  -  -  -
GET  /checks/1                                   >  -  -  -  -  -  -  -
POST /checks/1/result                            >  -  -  -  -  -  -  -
POST /callbacks/1/letter                         >  -  -  -  -  -  -  -
POST /callbacks/1/link                           >  -  -  -  -  -  -  -

GET  /manifest.webmanifest                       +  +  +  +  +  +  +  +
GET  /service-worker.js                          +  +  +  +  +  +  +  +
GET  /healthz                                    +  +  +  +  +  +  +  +
GET  /metrics                                    +  +  +  +  +  +  +  +
GET  /static/servicing.css                       +  +  +  +  +  +  +  +
GET  /bootstrap/static/css/bootstrap.min.css     +  +  +  +  +  +  +  +
GET  /u/made-up                                  -  -  -  -  -  -  -  -
POST /u/made-up                                  -  -  -  -  -  -  -  -
GET  /c/made-up                                  -  -  -  -  -  -  -  -
POST /c/made-up                                  -  -  -  -  -  -  -  -
GET  /s/made-up                                  -  -  -  -  -  -  -  -
POST /s/made-up                                  -  -  -  -  -  -  -  -
POST /hooks/twilio/status/1                      403 403 403 403 403 403 403 403
POST /hooks/twilio/inbound                       403 403 403 403 403 403 403 403
POST /hooks/aliyun/made-up/receipts              403 403 403 403 403 403 403 403
POST /hooks/aliyun/made-up/replies               403 403 403 403 403 403 403 403

POST /logout                                     >  +  +  +  +  +  +  +
"""


class Line(NamedTuple):
    """A route, and what becomes of each visitor there."""

    method: str
    path: str
    marks: dict[str, str]


def lines() -> Iterator[Line]:
    for line in TABLE.splitlines():
        if found := re.match(r"(GET|POST) +(\S+) +(.+)", line):
            yield Line(found[1], found[2], dict(zip(VISITORS, found[3].split(), strict=True)))


def mark_of(answer: TestResponse) -> str:
    """What became of a visitor."""
    if answer.status_code == 404:
        return "-"
    if answer.status_code == 303 and answer.location.startswith("/login"):
        return ">"
    return str(answer.status_code) if answer.status_code in (401, 403, 500) else "+"
