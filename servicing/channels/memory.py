"""A provider that keeps messages in memory and answers as it was set up to: for tests and rehearsals."""

from collections.abc import Callable

from servicing.channels import Accepted, Answer, Capabilities, Lookup, Outgoing


class Memory:
    """The shipped double: `sent` holds what it accepted, `answer` decides what it says."""

    name = "memory"
    capabilities = Capabilities()

    def __init__(self, answer: Callable[[Outgoing], Answer] | None = None) -> None:
        self.sent: dict[int, Outgoing] = {}
        self._answer = answer or (lambda message: Accepted(f"memory-{message.id}"))

    def prepare(self) -> None:
        """Nothing to load."""

    def send(self, message: Outgoing) -> Answer:
        """Answer as set up; an accepted message is kept."""
        answer = self._answer(message)
        if isinstance(answer, Accepted):
            self.sent[message.id] = message
        return answer

    def find(self, message: Outgoing) -> Lookup:
        """Memory always knows."""
        marked = (number for number, each in self.sent.items() if each.mark == message.mark != "")
        found = message.id if message.id in self.sent else next(marked, None)
        return Lookup("absent") if found is None else Lookup("found", (f"memory-{found}",))

    def close(self) -> None:
        """Nothing is held open."""
