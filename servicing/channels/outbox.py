"""The default provider: every message becomes a readable file, nothing is sent to anybody.

A file has a name of its own for every message, so that a message handed over twice is one file,
and it can be asked for after a crash. It appears whole or not at all.
"""

from pathlib import Path

from policies import whole
from servicing.channels import Accepted, Answer, Capabilities, Lookup, Outgoing, Rejected


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
        path = self._path(message)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(".part")
            with whole.moved(draft, path):
                draft.write_text(letter(message), "utf-8")
        except OSError as error:
            return Rejected("configuration", error.strerror or str(error))
        return Accepted(self._ref(path))

    def find(self, message: Outgoing) -> Lookup:
        """Whether the file is there."""
        path = self._path(message)
        return Lookup("found", (self._ref(path),)) if path.is_file() else Lookup("absent")

    def close(self) -> None:
        """Nothing is held open."""

    def _path(self, message: Outgoing) -> Path:
        day = self._folder / message.planned_on.isoformat()
        return day / message.channel / f"{message.id:09d}-{message.touchpoint}.txt"

    def _ref(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()


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
    if message.subject:
        head["Subject"] = message.subject
    # what the book says may hold line breaks, which would begin a header of their own
    lines = [f"{name}: {' '.join(value.split())}" for name, value in head.items()]
    return "\n".join([*lines, "", message.body, ""])
