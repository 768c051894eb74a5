"""`triage model tables`: what two reporting guidelines ask of a study, filled in with what the program itself knows."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined

from triage import classifier
from triage.domain.errors import BadInput
from triage.engines import load_engines
from triage.opening import database
from triage.settings import Settings
from triage.store import watching
from triage.store.database import SYSTEM
from triage.web.pages.oversight import HAZARDS, model_card
from triage.web.pages.signin import PURPOSE

_ITEMS = Path(classifier.__file__).with_name("reporting.yaml")
_OPEN = "_Fylles ut av den som gjør studien._"


def tables(settings: Settings, *, out: Path) -> int:
    """A Markdown file for each guideline."""
    engines = load_engines(settings)
    card = model_card(engines.model)
    if card is None:
        raise BadInput("Ingen modell er i bruk, så det er ingenting å fortelle om den.")
    with database(settings) as db, db.reading(as_=SYSTEM) as tx:
        found = {"drift": watching.drift(tx, now=datetime.now(UTC)), "shadows": watching.side_by_side(tx)}
        known = {**found, "study": watching.study(tx), "card": card, "purpose": PURPOSE, "policy": engines.policy}
    known |= {"versions": asdict(engines.versions), "hazards": yaml.safe_load(HAZARDS.read_text("utf-8"))}
    out.mkdir(parents=True, exist_ok=True)
    for name, items in yaml.safe_load(_ITEMS.read_text("utf-8")).items():
        file = out / f"{name.lower()}.md"
        file.write_text(f"# {name}\n\n| Punkt | Tema | Svar |\n|---|---|---|\n{_rows(items, known)}", encoding="utf-8")
        sys.stdout.write(f"{file}\n")
    return 0


def _rows(items: dict[str, list[str]], known: dict[str, Any]) -> str:
    words = Environment(undefined=StrictUndefined)  # noqa: S701 (Markdown, of our own sentences)
    answers = {
        item: " ".join(words.from_string(said[0]).render(known).split()) for item, (_, *said) in items.items() if said
    }
    return "".join(f"| {item} | {topic} | {answers.get(item, _OPEN)} |\n" for item, (topic, *_) in items.items())
