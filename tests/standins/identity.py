"""A whole provider of OpenID Connect: Django with its OAuth toolkit, in a process of its own.

with Identity(redirect="http://localhost:8080/login/openid/back") as identity:
    identity.put_into("liwen", ["svc-ops"])
    ...  # talk to identity.issuer

None of it is ours, nor of the library that we use: other people have written its tokens, codes and
pages. Its people log in with `PASSWORD`. `POST /_standin/groups` puts somebody into groups, and `POST
/_standin/keys` makes it sign with a new key.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx

CLIENT_ID, CLIENT_SECRET = "servicing", "a-secret-of-the-stand-in"
PASSWORD = "correct horse battery"
PEOPLE = {"liwen": "李雯", "zhaomin": "赵敏"}
"""By login, their names; nobody is in a group."""

ENDS_SECONDS = 60


class Identity:
    """The process, seen from a test."""

    def __init__(self, redirect: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        words = [sys.executable, "-m", "tests.standins.identity", self._folder.name, redirect]
        self._process = subprocess.Popen(
            words,
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        assert self._process.stdout
        self._url = self._process.stdout.readline().strip()
        assert self._url, "it has not started"

    @property
    def issuer(self) -> str:
        return f"{self._url}/o"

    def __enter__(self) -> "Identity":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(ENDS_SECONDS)
        if self._process.stdout:
            self._process.stdout.close()
        self._folder.cleanup()

    def put_into(self, login: str, groups: list[str]) -> None:
        """From now on they are in these groups and no others."""
        asked = {"login": login, "groups": groups}
        httpx.post(f"{self._url}/_standin/groups", json=asked).raise_for_status()

    def signs_anew(self) -> None:
        """With another key from now on, which it publishes."""
        httpx.post(f"{self._url}/_standin/keys").raise_for_status()


def log_in_at(address: str, login: str) -> str:
    """Somebody logs in where we have sent them, as a browser would; where they are sent back to."""
    with httpx.Client(timeout=30) as browser:
        answer = _followed(browser, browser.get(address))
        for form in ({"username": login, "password": PASSWORD}, {"allow": "Authorize"}):
            if answer.is_redirect:
                break
            told = {
                "csrfmiddlewaretoken": browser.cookies["csrftoken"],
                **_hidden(answer.text),
                **form,
            }
            headers = {"Referer": str(answer.url)}
            answer = _followed(browser, browser.post(answer.url, data=told, headers=headers))
    return str(answer.headers["Location"])


def _followed(browser: httpx.Client, answer: httpx.Response) -> httpx.Response:
    """As far as it leads within the provider."""
    while (
        answer.is_redirect and answer.next_request and answer.next_request.url.host == "127.0.0.1"
    ):
        answer = browser.get(answer.next_request.url)
    return answer


def _hidden(page: str) -> dict[str, str]:
    """The fields of a form that nobody sees."""
    from html.parser import HTMLParser

    found: dict[str, str] = {}

    class Fields(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            said = dict(attrs)
            if tag == "input" and said.get("type") == "hidden" and said.get("name"):
                found[str(said["name"])] = said.get("value") or ""

    Fields().feed(page)
    return found


# ------------------------------------------------------------------------------------- the process

FORM = "<!doctype html><title>Login</title><form method=post>{% csrf_token %}"
PAGES = {
    "registration/login.html": FORM + "{{ form }}<button>Log in</button></form>",
    "oauth2_provider/authorize.html": (
        FORM
        + "{% for field in form %}{% if field.is_hidden %}{{ field }}{% endif %}{% endfor %}"
        + '<button name="allow" value="Authorize">Allow</button></form>'
    ),
    "oauth2_provider/logout_confirm.html": (
        FORM
        + "{% for field in form %}{% if field.is_hidden %}{{ field }}{% endif %}{% endfor %}"
        + '<button name="allow" value="Logout">Log out</button></form>'
    ),
}


def new_key() -> str:
    """A private key, as PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    return key.private_bytes(*form, serialization.NoEncryption()).decode()


def _configure(folder: str) -> None:
    from django.conf import settings

    settings.configure(
        SECRET_KEY="of a stand-in",  # noqa: S106
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="tests.standins.identity_urls",
        LOGIN_URL="/login/",
        USE_TZ=True,
        MIGRATION_MODULES=dict.fromkeys(("auth", "contenttypes", "sessions", "oauth2_provider")),
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/identity.db"}
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        INSTALLED_APPS=[
            *("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"),
            "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [("django.template.loaders.locmem.Loader", PAGES)],
                    "context_processors": ["django.template.context_processors.request"],
                },
            }
        ],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": new_key(),
            "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
            "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
            "OAUTH2_VALIDATOR_CLASS": "tests.standins.identity_urls.Claims",
            "SCOPES": dict.fromkeys(("openid", "profile", "email", "groups"), "yours"),
            "PKCE_REQUIRED": True,
        },
    )


def _people(redirect: str) -> None:
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    for login, name in PEOPLE.items():
        User.objects.create_user(login, f"{login}@example.com", PASSWORD, first_name=name)
    Application.objects.create(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        client_type="confidential",
        authorization_grant_type="authorization-code",
        redirect_uris=redirect,
        post_logout_redirect_uris=redirect.replace("/openid/back", ""),
        algorithm="RS256",
    )


def main() -> None:
    """Serve until somebody kills it; the first line says where."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("redirect")
    asked = parser.parse_args()
    _configure(asked.folder)
    import django
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from werkzeug.serving import make_server

    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    _people(asked.redirect)
    serving = make_server("127.0.0.1", 0, get_wsgi_application(), threaded=True)
    print(f"http://127.0.0.1:{serving.server_port}", flush=True)
    serving.serve_forever()


def put_into(body: bytes) -> str:
    """Put somebody into groups, in the process."""
    from django.contrib.auth.models import Group, User

    asked: dict[str, Any] = json.loads(body)
    user = User.objects.get(username=asked["login"])
    user.groups.set([Group.objects.get_or_create(name=each)[0] for each in asked["groups"]])
    return "{}"


def sign_anew() -> str:
    """Make another key the one that is signed with, in the process."""
    from django.conf import settings
    from oauth2_provider.settings import oauth2_settings

    settings.OAUTH2_PROVIDER["OIDC_RSA_PRIVATE_KEY"] = new_key()
    oauth2_settings.reload()
    return "{}"


if __name__ == "__main__":
    main()
