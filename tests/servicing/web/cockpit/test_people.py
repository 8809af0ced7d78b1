"""Accounts are made and shut out; who looked at whom."""

from flask.testing import FlaskClient

from servicing.core.account_models import User
from servicing.operations.workspace import Workspace
from tests.servicing.web.cockpit.workplace import HOSTILE, flashed
from tests.servicing.web.visits import press, see


def test_accounts_are_made_shut_out_let_in_and_given_passwords(
    space: Workspace, administrator: FlaskClient
) -> None:
    made = {"login": "ChenYan", "name": HOSTILE, "role": "agent", "agent_no": "A001"}
    told = press(administrator, "/people", "/people", password="four odd words here", **made)
    assert flashed(told) == [("success", "账户 chenyan 已建立。")]
    assert HOSTILE not in told and "&lt;script&gt;" in told
    assert "登录名“chenyan”已有人使用" in press(
        administrator, "/people", "/people", 400, password="four odd words here", **made
    )
    key = User.get(User.login == "chenyan").session_key
    told = press(administrator, "/people", "/people/state", login="chenyan", do="disable")
    assert flashed(told) == [("success", "chenyan 已停用。")]
    assert User.get(User.login == "chenyan").is_disabled
    told = press(administrator, "/people", "/people/state", login="chenyan", do="enable")
    assert flashed(told) == [("success", "chenyan 已恢复使用。")]
    form = {"login": "chenyan", "new": "another password"}
    told = press(administrator, "/people", "/people/password", **form)
    assert flashed(told) == [("success", "chenyan 的密码已重设，所有设备均已退出。")]
    user = User.get(User.login == "chenyan")
    assert not user.is_disabled and user.is_temporary and user.session_key != key
    (shown,) = flashed(press(administrator, "/people", "/people/state", login="root"))
    assert shown[0] == "danger" and "不能停用自己" in shown[1]


def test_an_administrator_sees_who_looked(administrator: FlaskClient) -> None:
    see(administrator, "/plan/preview?touchpoint=month_1&client_no=C001")
    assert "C001" in see(administrator, "/views?client_no=C001&login=ROOT")
    assert "没有查看记录" in see(administrator, "/views?client_no=C900")
