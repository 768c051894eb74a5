"""Destroying what need not be kept: the keys go, and every trace by which a patient could be found again.

What stays is what reports count, who did what when, and that something was destroyed. Nobody can be recognised by it.
What somebody must be able to ask for later, as in a complaint, is held until the log says that it no longer is.
"""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from triage.domain.referral import ReferralId
from triage.store import keys
from triage.store.database import Tx, queries
from triage.store.messages import MessageId

FATES: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
_SQL = queries(__file__)


def due(tx: Tx, kind: str, moment: datetime) -> list[UUID]:
    """What of a kind ended before `moment` and is not destroyed yet, oldest first; never what waits for a person.

    A message goes by itself only when no referral could need its bytes. That a receipt came, and what it said, stays.
    """
    return list(tx.session.scalars(_SQL["due"], {"kind": kind, "moment": moment}))


def is_held(tx: Tx, subject: ReferralId | MessageId) -> bool:
    """Whether somebody said that a referral or message must be kept, and nobody has taken it back."""
    return bool(tx.session.scalar(_SQL["is_held"], {"subject": subject}))


def destroy_referral(tx: Tx, referral_id: ReferralId) -> None:
    """And its message, when that holds no other referral that is kept. Nothing that is kept leads to it any more."""
    keys.shred(tx, referral_id)
    message_id = tx.session.scalar(_SQL["forget_referral"], {"id": referral_id})
    if message_id and not tx.session.scalar(_SQL["is_used"], {"id": message_id}):
        destroy_message(tx, message_id)


def destroy_message(tx: Tx, message_id: MessageId) -> None:
    """And its exact repeats. Should the same bytes ever come again, they are received as if for the first time."""
    for each in tx.session.scalars(_SQL["forget_messages"], {"id": message_id}):
        keys.shred(tx, each)
