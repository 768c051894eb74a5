"""Every error the program raises on purpose.

    TriageError
    ├── BadInput              the caller gave something that cannot be used
    ├── MessageRejected       the sender must correct the message; the bytes are kept
    ├── NeedsPerson           a person must read the message; the bytes are kept in the tray
    ├── NotFound              no such thing, or not one that this user may see
    ├── Forbidden             this role may not do this
    ├── Conflict              somebody else was first, or the record has moved on
    ├── LetterContradicts     the words of a letter do not fit its decision
    ├── DeliveryFailed        the recipient's system did not take it; tried again later
    └── NotReady              a file, model or setting is missing or is not the approved one

A message says what to do, in Norwegian, and never quotes a referral: it is safe to log and to show.
"""

from triage.domain.message import MessageHead


class TriageError(Exception):
    http_status = 500
    exit_code = 1
    retry = False


class BadInput(TriageError):
    http_status = 422
    exit_code = 2


class _AboutMessage(TriageError):
    """`code` is from code list 8221 (AppRec error), None where the receipt is positive all the same.

    `head` is given when enough was read to address a receipt.
    """

    def __init__(self, reason: str, *, code: str | None = None, head: MessageHead | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.head = head


class MessageRejected(_AboutMessage):
    http_status = 422
    exit_code = 10


class NeedsPerson(_AboutMessage):
    http_status = 202
    exit_code = 0


class NotFound(TriageError):
    http_status = 404
    exit_code = 4


class Forbidden(TriageError):
    http_status = 403
    exit_code = 5


class Conflict(TriageError):
    http_status = 409
    exit_code = 9


class LetterContradicts(TriageError):
    http_status = 422
    exit_code = 13


class DeliveryFailed(TriageError):
    http_status = 502
    exit_code = 11
    retry = True


class NotReady(TriageError):
    http_status = 503
    exit_code = 12
