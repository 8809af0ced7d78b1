"""The letter that SMTP carries: addresses, headers, the text, and the same as a small HTML document."""

import email.policy
import re
from collections.abc import Iterator
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.utils import parseaddr
from functools import cache
from typing import Any

import jinja2

from policies.notices import notice
from servicing.channels import Outgoing
from servicing.core import errors, i18n
from servicing.core.settings import missing

PLACE = "channels.smtp"
"""The section of the settings."""

_SPECIAL = r"\s@<>()\[\],;:\\\""
_ADDRESS = re.compile(rf"([^{_SPECIAL}]+)@([^{_SPECIAL}]+)")

_LINK = re.compile(r"https?://[!#-;=?-~]+")
"""ASCII only: Chinese text goes on behind a link without a space."""
_AFTER_A_LINK = ".,;:!?')]}"


# ---------------------------------------------------------------------------------- addresses


def sender(text: str) -> Address:
    """`Name <address>` or an address; raises `BadSetting` for anything else."""
    if not text.strip():
        raise missing(PLACE, "sender")
    name, bare = parseaddr(_one_line(text))
    found = address(bare)
    if found is None or not found.username.isascii():
        raise errors.BadSetting(PLACE, notice("not_a_sender"))
    return Address(name, found.username, found.domain)


def address(text: str) -> Address | None:
    """The address, its domain as the name service knows it; None if it is none."""
    found = _ADDRESS.fullmatch(text.strip())
    if not found or not found[1].isprintable():
        return None
    try:
        return Address("", found[1], found[2].encode("idna").decode("ascii"))
    except (UnicodeError, ValueError):  # a part that is empty or too long
        return None


# ---------------------------------------------------------------------------------- the letter


class _OneToken(UnstructuredHeader, BaseHeader):
    """A header that must not be folded or encoded, however long: programs read the address in it."""

    def fold(self, *, policy: Any) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _OneToken)

_POLICY = email.policy.SMTP.clone(cte_type="7bit", header_factory=_HEADERS)
"""7 bits, so that every server can carry it."""


def letter(message: Outgoing, sender: Address, recipient: Address) -> EmailMessage:
    """The mail of a message."""
    mail = EmailMessage(policy=_POLICY)
    subject = _one_line(message.subject)
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = subject
    mail["Date"] = message.handed_over_at
    # the same for every attempt, so that a second copy can be distinguished from a second letter
    mail["Message-ID"] = f"<servicing.{message.reference}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    url = ""
    if message.message_class == "marketing" and message.unsubscribe_url:
        url = re.sub(r"[\s<>]", "", message.unsubscribe_url)
        mail["List-Unsubscribe"] = f"<{url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    text = "\n".join(line.rstrip() for line in message.body.strip().splitlines())
    unsubscribe = i18n.say("letter", "unsubscribe", message.locale)
    html = _page().render(
        lang=message.locale.replace("_", "-"),
        subject=subject,
        paragraphs=_paragraphs(text),
        unsubscribe=unsubscribe,
        unsubscribe_url=url,
    )
    mail.set_content(f"{text}\n\n{unsubscribe} {url}\n" if url else f"{text}\n")
    mail.add_alternative(html, subtype="html")
    return mail


@cache
def _page() -> jinja2.Template:
    """The HTML of a letter; nothing is fetched from anywhere when it is opened."""
    source = (i18n.shipped_templates() / "letters" / "email.html").read_text("utf-8")
    return jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        source
    )


def payload(letter: EmailMessage, needs_utf8: bool) -> bytes:
    """The letter as it goes over the wire, up to the lonely dot that ends it."""
    policy = _POLICY.clone(utf8=True, cte_type="8bit") if needs_utf8 else _POLICY
    text = letter.as_bytes(policy=policy).rstrip(b"\r\n") + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", text) + b".\r\n"


def _paragraphs(text: str) -> list[list[list[tuple[str, bool]]]]:
    """Paragraphs of lines of pieces; a piece is a text, and whether it is a link."""
    paragraphs = (each for each in re.split(r"\n{2,}", text) if each.strip())
    return [[list(_pieces(line)) for line in each.splitlines()] for each in paragraphs]


def _pieces(line: str) -> Iterator[tuple[str, bool]]:
    end = 0
    for found in _LINK.finditer(line):
        link = found[0].rstrip(_AFTER_A_LINK)
        yield line[end : found.start()], False
        yield link, True
        end = found.start() + len(link)
    yield line[end:], False


def _one_line(text: str) -> str:
    """Without line breaks, which would begin another header, and other control characters."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())
