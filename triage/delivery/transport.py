"""What every way of sending a letter must be able to do."""

from typing import Protocol

from triage.domain.letter import Letter


class Transport(Protocol):
    """One way out: a folder, an address book with messages, a print service."""

    channel: str

    def deliver(self, letter: Letter, *, key: str) -> str | None:
        """Hand the letter over, and return the recipient's reference if there is one. Raises DeliveryFailed.

        It may be called twice with one `key`, when we died before we noted the first: the recipient gets it once.
        """
