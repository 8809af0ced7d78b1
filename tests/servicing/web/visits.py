"""People who come to the pages, as a browser does: over https, with the token of the form."""

import re

from flask.testing import FlaskClient

PASSWORD = "a long password"
AT = "https://localhost"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def log_in(browser: FlaskClient, login: str) -> None:
    """Come in by the form."""
    form = browser.get("/login", base_url=AT).get_data(as_text=True)
    found = TOKEN.search(form)
    assert found
    told = {"csrf_token": found[1], "login": login, "password": PASSWORD}
    headers = {"Referer": f"{AT}/login"}
    answer = browser.post("/login", data=told, base_url=AT, headers=headers)
    assert answer.status_code == 303
