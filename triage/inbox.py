"""A file goes through the inbox: every item of it is received, then registered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from triage import workflow
from triage.domain.policy import Policy
from triage.jobs import register_or_leave
from triage.messages.splitting import Part, split
from triage.store.database import Database
from triage.store.messages import MessageId

NOTHING_IN_IT = "Filen inneholder ingen henvisninger."


@dataclass(frozen=True, slots=True)
class Inbox:
    """Takes files in for one channel."""

    db: Database
    policy: Policy
    channel: str
    production: bool

    def take(self, body: bytes, *, name: str, received_at: datetime) -> Iterator[MessageId]:
        """Each item of the file, in order, with an outcome. A file without any waits whole, for a person."""
        empty = True
        for part in split(body, name=name):
            empty = False
            yield self.take_part(part, received_at=received_at)
        if empty:
            message_id = self._receive(Part(name, body), received_at)
            workflow.leave_to_person(self.db, message_id, reason=NOTHING_IN_IT)
            yield message_id

    def take_part(self, part: Part, *, received_at: datetime) -> MessageId:
        message_id = self._receive(part, received_at)
        register_or_leave(self.db, message_id, self.policy, production=self.production)
        return message_id

    def _receive(self, part: Part, received_at: datetime) -> MessageId:
        return workflow.receive(self.db, part.body, label=part.label, channel=self.channel, received_at=received_at)
