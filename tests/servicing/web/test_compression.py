"""What travels compressed and what does not, and for how long a browser keeps a style sheet."""

import gzip
import os
import re
import shutil
from pathlib import Path

import pytest
from flask import Flask, Response
from werkzeug.test import TestResponse

from servicing.web import compression, figures
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import BASE, as_read

SHEET, BOOTSTRAP = "/static/servicing.css", "/bootstrap/static/css/bootstrap.min.css"
BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}


def asked(app: Flask, path: str, method: str = "GET", **headers: str) -> TestResponse:
    """What somebody gets who has not come in; `If_Range` is the header If-Range."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().open(path, method=method, base_url=BASE, headers=named)


def is_compressed(answer: TestResponse) -> bool:
    return "Content-Encoding" in answer.headers


def varies_by(answer: TestResponse) -> set[str]:
    return set(answer.headers.get("Vary", "").split(", ")) - {""}


# -------------------------------------------------------------------------------------------- pages


def test_a_page_is_compressed_once_and_is_the_same_page(visit: Visit) -> None:
    visitor = visit("chenyan")
    plain, packed = visitor.get("/day"), visitor.get("/day", headers=BROWSER)
    assert not is_compressed(plain)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 2
    assert as_read(gzip.decompress(packed.data).decode()) == as_read(plain.text)
    for answer in (plain, packed):
        assert varies_by(answer) == {"Accept-Encoding", "Cookie"}
        assert answer.headers["Cache-Control"] == "no-store"
        assert int(answer.headers["Content-Length"]) == len(answer.data)


WISHES = [
    ("gzip", True),
    ("*", True),
    ("br;q=1.0, gzip;q=0.5", True),
    ("", False),
    ("br", False),
    ("identity", False),
    ("gzip;q=0", False),
    ("*;q=0", False),
    ("gzip;q=0.5, identity", False),
]


@pytest.mark.parametrize(("wish", "is_packed"), WISHES)
@pytest.mark.parametrize("path", ["/login", SHEET])
def test_the_reader_says_what_he_takes(app: Flask, path: str, wish: str, is_packed: bool) -> None:
    answer = asked(app, path, Accept_Encoding=wish)
    assert (answer.status_code, is_compressed(answer)) == (200, is_packed)


IN_THE_ADDRESS = [
    *("/clients?q=13800138000", "/clients/C001?show=messages", "/clients/C001?x=13800138000"),
    "/clients/C001/why?policy=P001&touchpoint=month_1",
    *("/day?x=13800138000", "/login?next=/day", "/nothing/13800138000"),
]
"""Pages that show what their address says, be it in the field that chooses the language."""


@pytest.mark.parametrize("path", IN_THE_ADDRESS)
def test_a_page_that_repeats_its_address_is_sent_as_it_is(visit: Visit, path: str) -> None:
    """Its compressed size would tell whether the same number stands in the page as well."""
    for login in ("chenyan", None):
        answer = visit(login).get(path, headers=BROWSER)
        assert not is_compressed(answer)
        assert "Accept-Encoding" not in varies_by(answer)


def test_every_page_repeats_its_address_where_the_language_is_chosen(visit: Visit) -> None:
    """This is why no page with a query is compressed, whatever its view does with it."""
    assert 'value="/day?x=13800138000"' in visit("chenyan").get("/day?x=13800138000").text


def test_an_answer_to_a_form_is_sent_as_it_is(visit: Visit) -> None:
    visitor = visit("chenyan")
    form = {"csrf_token": visitor.token(), "login": "chenyan", "password": "wrong"}
    for path, status in (("/account/feed", 303), ("/login", 401)):
        headers = {"Referer": BASE, **BROWSER}
        answer = visitor.client.post(path, base_url=BASE, data=form, headers=headers)
        assert answer.status_code == status and not is_compressed(answer)


def test_what_is_saved_as_a_file_is_streamed_as_it_is(app: Flask) -> None:
    def write(path: Path) -> None:
        path.write_text("1,2\n" * 1_000)

    with app.test_request_context("/persistency/export", headers=BROWSER):
        answer = figures.sent("figure.csv", write)
        assert compression.compressed(answer).is_streamed
        assert answer.content_encoding is None and "Accept-Encoding" not in answer.vary
        assert b"".join(answer.iter_encoded()) == b"1,2\n" * 1_000
        answer.close()


ANSWERS = [
    (Response("x" * 1_024, mimetype="text/plain"), True),
    (Response("x" * 1_023, mimetype="text/plain"), False),
    (Response("x" * 2_000, mimetype="application/zip"), False),
    (Response("x" * 2_000, 500, mimetype="text/html"), False),
    (Response(iter(["x" * 2_000]), mimetype="text/csv"), False),
    (Response("x" * 2_000, mimetype="text/html", headers={"Content-Encoding": "br"}), False),
    (Response(status=204), False),
]


@pytest.mark.parametrize(("answer", "is_packed"), ANSWERS)
def test_only_whole_large_texts_are_compressed(
    app: Flask, answer: Response, is_packed: bool
) -> None:
    with app.test_request_context("/metrics", headers=BROWSER):
        assert (compression.compressed(answer).content_encoding == "gzip") == is_packed


def test_the_heads_say_what_the_whole_would(app: Flask) -> None:
    for path in ("/login", SHEET, BOOTSTRAP):
        whole = asked(app, path, Accept_Encoding="gzip")
        head = asked(app, path, "HEAD", Accept_Encoding="gzip")
        assert (head.status_code, head.data) == (200, b"")
        for name in ("Content-Encoding", "Content-Type", "Vary", "ETag", "Cache-Control"):
            assert head.headers.get(name) == whole.headers.get(name)
        if path != "/login":  # whose token is another one each time
            assert head.headers["Content-Length"] == whole.headers["Content-Length"]


# -------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("path", [SHEET, BOOTSTRAP])
def test_a_style_sheet_is_compressed_the_first_time_only(
    app: Flask, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compression._once.cache_clear()
    plain = asked(app, path).data
    assert gzip.decompress(asked(app, path, Accept_Encoding="gzip").data) == plain
    monkeypatch.setattr(compression.gzip, "compress", None)
    assert gzip.decompress(asked(app, path, Accept_Encoding="gzip").data) == plain


@pytest.mark.parametrize("path", [SHEET, BOOTSTRAP])
def test_whoever_has_a_style_sheet_is_told_that_it_is_the_same(app: Flask, path: str) -> None:
    has = asked(app, path, Accept_Encoding="gzip")
    for condition in (
        {"If_None_Match": has.headers["ETag"]},
        {"If_Modified_Since": has.headers["Last-Modified"]},
    ):
        answer = asked(app, path, Accept_Encoding="gzip", **condition)
        assert (answer.status_code, answer.data) == (304, b"")
        assert not is_compressed(answer) and varies_by(answer) == {"Accept-Encoding"}
        assert answer.headers["ETag"].removeprefix("W/") == has.headers["ETag"].removeprefix("W/")


def test_a_part_of_a_style_sheet_is_a_part_of_it_as_it_is(app: Flask) -> None:
    whole = asked(app, SHEET).data
    answer = asked(app, SHEET, Accept_Encoding="gzip", Range="bytes=100-199")
    assert (answer.status_code, answer.data) == (206, whole[100:200])
    assert not is_compressed(answer) and varies_by(answer) == {"Accept-Encoding"}
    assert answer.headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
    too_far = asked(app, SHEET, Accept_Encoding="gzip", Range=f"bytes={len(whole)}-")
    assert too_far.status_code == 416


def test_a_file_that_is_not_there_is_a_page_that_says_so(app: Flask) -> None:
    for path in ("/static/nothing.css", "/static/nothing.css?v=0123456789ab", "/static/%2e%2e/x"):
        answer = asked(app, path, Accept_Encoding="gzip")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
        assert not is_compressed(answer)


# ---------------------------------------------------------------------------------- kept for a year


def sheets(page: str) -> list[str]:
    """The addresses of what a page is drawn with: the signs, Bootstrap's sheet, ours."""
    return re.findall('<link rel="(?!manifest)[^"]+" href="([^"]+)"', page)


def test_the_digest_stands_in_the_address_of_all_that_a_page_is_drawn_with(visit: Visit) -> None:
    of_house = ["/static/servicing.svg", "/static/icon-180.png", BOOTSTRAP, SHEET]
    day = visit("chenyan").get("/day").text
    for page, ours in ((visit().get("/login").text, []), (day, ["/static/day.css"])):
        addresses = sheets(page)
        assert [each.partition("?")[0] for each in addresses] == of_house + ours
        for each in addresses:
            assert re.fullmatch(r".+\?v=[0-9a-f]{12}", each)
            answer = visit().get(each)
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert "Expires" not in answer.headers and "Set-Cookie" not in answer.headers
            assert "Cookie" not in varies_by(answer), "or it would be fetched again after the login"


def test_whoever_has_come_in_shares_the_files_of_everybody(visit: Visit) -> None:
    answer = visit("chenyan").get(SHEET, headers=BROWSER)
    assert varies_by(answer) == {"Accept-Encoding"}
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789ab", "?x=1"])
def test_another_address_of_a_file_is_kept_for_a_day(app: Flask, query: str) -> None:
    """So a page of an earlier release does not keep our sheet for its own."""
    assert asked(app, SHEET + query).headers["Cache-Control"] == "public, max-age=86400"


def test_a_changed_file_has_another_address(app: Flask, visit: Visit, tmp_path: Path) -> None:
    folder = shutil.copytree(app.static_folder or "", tmp_path / "static")
    app.static_folder = str(folder)
    before = sheets(visit().get("/login").text)
    sheet = folder / "servicing.css"
    sheet.write_text(sheet.read_text().replace("#1b5fa8", "#1b5fa9"))
    os.utime(sheet, ns=(0, sheet.stat().st_mtime_ns + 1))
    after = sheets(visit().get("/login").text)
    changed = [now for was, now in zip(before, after, strict=True) if was != now]
    assert [each.partition("?")[0] for each in changed] == [SHEET]
    assert visit().get(after[-1]).headers["Cache-Control"].endswith("immutable")
    assert "immutable" not in visit().get(before[-1]).headers["Cache-Control"]
