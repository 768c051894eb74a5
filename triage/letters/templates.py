"""The letter templates of a hospital: words by kind, recipient and language, with who approved them and until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Annotated, cast

import yaml
from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from triage.domain.calendar import long_date
from triage.domain.decision import Outcome
from triage.domain.errors import NotReady
from triage.domain.letter import LetterKind, Recipient
from triage.domain.referral import Language

PAGE = "page.html"
TYPST = "letter.typ"
_FRAMES = tuple(f"{part}{language}.html" for language in Language for part in ("frame.", "blocks/"))


class TemplateCard(BaseModel):
    """`letter.yaml` of a kind: a title for each recipient. `outcomes` is empty for letters that decide nothing.

    `digest` is of what was approved; nobody of this hospital has approved a card without one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Annotated[Mapping[Recipient, Annotated[Mapping[Language, str], Field(min_length=2)]], Field(min_length=1)]
    outcomes: tuple[Outcome, ...]
    version: Annotated[str, StringConstraints(pattern=r"^[\w.-]+$")]
    approved_by: str
    approved_on: date
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Templates:
    """Everything that letters are made from; read once, then never from the disk again."""

    environment: ImmutableSandboxedEnvironment
    cards: Mapping[LetterKind, TemplateCard]
    digests: Mapping[LetterKind, str]
    typst: bytes
    only_approved: bool  # a letter by a template that nobody here has approved is not written

    def label(self, kind: LetterKind) -> str:
        """What a letter names as its template: kind, version, and a digest that reveals a change without one."""
        return f"{kind}@{self.cards[kind].version}+{self.digests[kind]}"


def load_templates(folder: Path, *, overrides: Path | None = None, only_approved: bool = False) -> Templates:
    """A file in `overrides` takes the place of the file of the same name in `folder`.

    NotReady, naming the file, when one is missing or cannot be used.
    """
    environment = _environment([layer for layer in (overrides, folder) if layer is not None])
    cards = {kind: _card(environment, kind) for kind in LetterKind}
    bodies = {kind: [body(kind, to, language) for to in cards[kind].title for language in Language] for kind in cards}
    for name in (PAGE, *_FRAMES, *chain(*bodies.values())):
        try:
            environment.get_template(name)
        except TemplateError as error:
            raise NotReady(f"Brevmalen {name} mangler eller kan ikke brukes: {error}") from error
    # A correction has the words of any other kind.
    read = bodies | {LetterKind.CORRECTION: list(chain(*bodies.values()))}
    digests = {kind: _digest(environment, cards[kind], read[kind]) for kind in cards}
    return Templates(environment, cards, digests, _source(environment, TYPST).encode(), only_approved)


def body(kind: LetterKind, recipient: Recipient, language: Language) -> str:
    """The file that holds the words of one letter."""
    return f"{kind}/{recipient}.{language}.html"


def _environment(layers: list[Path]) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(layers), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
    # A date that is missing is left visibly open: the linter names it, and the letter is not written.
    environment.filters["long_date"] = lambda day: "____" if day is None else long_date(day)
    return environment


def _card(environment: ImmutableSandboxedEnvironment, kind: LetterKind) -> TemplateCard:
    name = f"{kind}/letter.yaml"
    try:
        return TemplateCard.model_validate(yaml.safe_load(_source(environment, name)))
    except (yaml.YAMLError, ValidationError) as error:
        raise NotReady(f"{name} kan ikke leses: {error}") from error


def _digest(environment: ImmutableSandboxedEnvironment, card: TemplateCard, own: list[str]) -> str:
    """Of every word, and not of who approved them."""
    words = card.model_dump_json(include={"title", "outcomes", "version"})
    sources = (_source(environment, name) for name in (*own, *_FRAMES, PAGE, TYPST))
    return sha256("\0".join((words, *sources)).encode()).hexdigest()[:8]


def _source(environment: ImmutableSandboxedEnvironment, name: str) -> str:
    try:
        return cast(FileSystemLoader, environment.loader).get_source(environment, name)[0]
    except TemplateNotFound:
        raise NotReady(f"Brevmalen {name} mangler") from None
