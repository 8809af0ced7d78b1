"""The default provider: every message becomes a readable file, nothing is sent to anybody.

A file has a name of its own for every message, so that a message handed over twice is one file,
and it can be asked for after a crash. It appears whole or not at all.
"""

from collections.abc import Iterator
from pathlib import Path

from policies import whole
from policies.dates import ONE_DAY
from servicing.channels import Accepted, Answer, Capabilities, Doubt, Lookup, Outgoing, Rejected
from servicing.core import references


class Outbox:
    """Writes `outbox/<day>/<channel>/<id>-<touchpoint>.txt` in the workspace."""

    name = "outbox"
    capabilities = Capabilities()

    def __init__(self, home: Path) -> None:
        self._folder = home / "outbox"

    def prepare(self) -> None:
        """Nothing to load."""

    def send(self, message: Outgoing) -> Answer:
        """Write the file; a disk that refuses is our configuration, not the message's fault."""
        ref = _ref_of(message)
        path = self._folder / ref
        try:
            whole.folder(path.parent)
            with whole.drafted_once(path) as draft:
                draft.write_text(letter(message), "utf-8")
        except OSError as error:
            return Rejected("configuration", error.strerror or str(error))
        return Accepted(ref)

    def find(self, message: Outgoing) -> Lookup:
        """Whether the file is there."""
        ref = _ref_of(message)
        if (self._folder / ref).is_file():
            return Lookup("found", (ref,))
        return self._of_a_lost_book(message, message.doubt) if message.doubt else Lookup("absent")

    def _of_a_lost_book(self, message: Outgoing, doubt: Doubt) -> Lookup:
        """What was written of this touchpoint in the span, under whatever number.

        A file without a reference is of an earlier version, and may be of another policy of the client.
        """
        maybe = []
        for path in self._files(message.touchpoint, doubt):
            head = _head_of(path)
            reference = references.parse(head.get("Reference", ""))
            if reference is not None and reference.mark in message.marks:
                return Lookup("found", (self._ref(path),))
            if not (reference and reference.mark) and head.get("Client") == message.client_no:
                maybe.append(self._ref(path))
        return Lookup("absent", maybe=tuple(maybe))

    def _files(self, touchpoint: str, doubt: Doubt) -> Iterator[Path]:
        """The files of a touchpoint for the days of the span, wherever the client is."""
        day, last = (doubt.since - ONE_DAY).date(), (doubt.until + ONE_DAY).date()
        while day <= last:
            yield from sorted((self._folder / day.isoformat()).glob(f"*/*-{touchpoint}.txt"))
            day += ONE_DAY

    def close(self) -> None:
        """Nothing is held open."""

    def _ref(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()


def _ref_of(message: Outgoing) -> str:
    """The place of its file in the folder."""
    name = f"{message.id:09d}-{message.touchpoint}.txt"
    return f"{message.planned_on.isoformat()}/{message.channel}/{name}"


def letter(message: Outgoing) -> str:
    """The file's text: what an operator wants to know on top, then the message as it would arrive."""
    head = {
        "Message": str(message.id),
        "To": message.address,
        "Channel": message.channel,
        "Class": message.message_class,
        "Touchpoint": message.touchpoint,
        "Template": f"{message.locale}/{message.template}",
        "Client": message.client_no,
        "Policy": f"…{message.policy_tail}",
        "Signed-By": message.agent_name,
        "For": message.planned_on.isoformat(),
        "Size": f"{len(message.body)} characters, {message.encoding}, {message.parts} part(s)",
    }
    if message.token:
        head["Reference"] = message.reference
    if message.subject:
        head["Subject"] = message.subject
    # what the book says may hold line breaks, which would begin a header of their own
    lines = [f"{name}: {' '.join(value.split())}" for name, value in head.items()]
    return "\n".join([*lines, "", message.body, ""])


def _head_of(path: Path) -> dict[str, str]:
    """The header lines of a file, by name."""
    head = path.read_text("utf-8").partition("\n\n")[0]
    lines = (line.partition(": ") for line in head.splitlines())
    return {name: value for name, _, value in lines}
