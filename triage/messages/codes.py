"""The data that messages are read with: code lists, names in our words, and what a person is told; in `codes.yaml`."""

import re
from pathlib import Path
from typing import Any

from triage.domain.errors import MessageRejected, NeedsPerson
from triage.domain.message import MessageHead
from triage.strict_yaml import read_yaml

LISTS: dict[str, Any] = read_yaml(Path(__file__).with_suffix(".yaml"))


def meanings(table: str) -> dict[str, str]:
    """The word that each name in a table of lists stands for."""
    return {name: word for word, names in LISTS[table].items() for name in names}


_SYSTEMS = meanings("systems")
_LIST_NUMBER = re.compile(r"(?:^|\.1\.1\.|kodeverk-)(\d{4})$")


def problem(reason: str, *, head: MessageHead | None = None) -> MessageRejected | NeedsPerson:
    """Why a message is not registered at once, by its name in the list of problems."""
    kind, code, words = LISTS["problems"][reason]
    error = MessageRejected if kind == "refused" else NeedsPerson
    return error(words, code=code, head=head)


def code_list(system: str) -> str:
    """`7170` for each way to name code list 7170; the empty string for no list or one that is not Norwegian."""
    name = system.strip().lower().removeprefix("urn:oid:").rstrip("/")
    number = _LIST_NUMBER.search(name)
    return number[1] if number else _SYSTEMS.get(name, "")
