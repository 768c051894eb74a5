"""Commands on models: train one, compare two, take one into use, watch it, tell of it, go back."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, fields
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined
from rich.console import Console
from rich.table import Column, Table

from triage import classifier
from triage.classifier.release import roll_back, take_into_use, try_in_shadow
from triage.commands.screening import read_cases
from triage.domain.calendar import today, utc_now
from triage.domain.errors import BadInput, Conflict
from triage.domain.recommendation import Pathway
from triage.engines import Engines, load_engines
from triage.opening import database
from triage.paths import MODELS
from triage.settings import Settings
from triage.store import watching
from triage.store.database import SYSTEM
from triage.strict_yaml import read_yaml
from triage.web.pages.oversight import HAZARDS, model_card
from triage.web.pages.signin import PURPOSE
from triage.web.rendering import word

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
_GATES_FAILED = 14
_CONTRAST = MODELS / "corpus" / "contrast_own42.jsonl"
_ITEMS = Path(classifier.__file__).with_name("reporting.yaml")
_OPEN = "_Fylles ut av den som gjør studien._"
_COMPARED = ("data", "recipe", "figures", "contrast_pairs", "promises", "gates")


def train(settings: Settings, *, cases: list[Path], out: Path, contrast: list[Path] | None) -> int:
    """Train, calibrate, test and write the card; the exit code says whether every gate was passed."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    from triage.classifier import training  # noqa: PLC0415 (scikit-learn)
    from triage.classifier.card import write_card  # noqa: PLC0415

    started = time.perf_counter()
    engines = load_engines(settings, with_model=False)
    judge = partial(engines.matches, today=today())
    program = training.Program(cache(engines.reader.read), judge, engines.propose, engines.policy, _names(engines))
    with threadpool_limits(1):  # so that sums are always made in one order, and soon
        trained = training.train(list(read_cases(cases)), program, out)
        card = write_card(trained, program, list(read_cases(contrast or [_CONTRAST])), engines.versions, out)
    table = Table("mål", "verdi")
    for name, value in _flat({name: card[name] for name in ("tried", *_COMPARED[2:])}):
        table.add_row(name, str(value))
    Console().print(table)
    sys.stdout.write(f"Ferdig på {time.perf_counter() - started:.0f} s: {out}\n")
    failed = [name for name, gate in card["gates"].items() if not gate["passed"]]
    if failed:
        sys.stdout.write(f"Ikke bestått: {', '.join(failed)}\n")
    return _GATES_FAILED if failed else 0


def _names(engines: Engines) -> dict[str, str]:
    """Norwegian names of what the reader finds and of the rules, by id."""
    data = engines.reader.lexicon.data
    asked = {
        f"{profile['id']}.{item['id']}": str(item["label"])
        for profile in data["required_content"]["profiles"]
        for item in profile["items"]
    }
    return {**asked, **engines.feature_names, **{rule.id: rule.title for rule in engines.rules.rules}}


def compare(settings: Settings, *, first: Path, second: Path) -> int:  # noqa: ARG001 (every command is given them)
    cards = [dict(_flat({name: _card(folder)[name] for name in _COMPARED})) for folder in (first, second)]
    table = Table("mål", first.name, second.name)
    for name in dict.fromkeys((*cards[0], *cards[1])):
        cells = [str(card.get(name, "-")) for card in cards]
        table.add_row(name, *cells, style=None if cells[0] == cells[1] else "bold")
    Console().print(table)
    return 0


def use(settings: Settings, *, folder: Path, approved_by: str, despite: list[str]) -> int:
    """Name a trained model in the manifest as the one in use. It must lie under the models."""
    failed = {name for name, gate in _card(folder)["gates"].items() if not gate["passed"]} - set(despite)
    if failed:
        raise Conflict(f"Modellen har ikke bestått {', '.join(sorted(failed))}, og tas ikke i bruk.")
    _require_among_models(settings, folder)
    take_into_use(settings.models, folder, approved_by=approved_by, on=today())
    sys.stdout.write(f"Modellen {folder.name} er i bruk.\n")
    return 0


def shadow(settings: Settings, *, folder: Path | None, approved_by: str) -> int:
    """Gates that it has not passed are no hindrance: nobody is shown what it proposes."""
    if folder:
        _require_among_models(settings, folder)
    try_in_shadow(settings.models, folder, approved_by=approved_by, on=today())
    sys.stdout.write(f"{folder.name} prøves i skygge.\n" if folder else "Ingen modell prøves i skygge.\n")
    return 0


def _require_among_models(settings: Settings, folder: Path) -> None:
    if not folder.resolve().is_relative_to(settings.models.resolve()):
        raise BadInput(f"Flytt {folder.name} til {settings.models / 'pathway'} først.")


def watch(settings: Settings) -> int:
    """Exit 1 when something has changed more than chance explains, so that a scheduled run can tell."""
    with database(settings) as db, db.reading(as_=SYSTEM) as tx:
        shadows, drift = watching.side_by_side(tx), watching.drift(tx, now=utc_now())
    for title, rows in shadows.items():
        Console().print(_table(title, rows))
    Console().print(_table("de siste fire ukene mot halvåret før", drift))
    return int(any(shift.changed for shift in drift))


def _table(title: str, rows: "Sequence[DataclassInstance]") -> Table:
    """A column for each field, named and filled as the pages do."""

    def shown(value: object) -> str:
        if isinstance(value, str):
            return word(value, "pathway" if isinstance(value, Pathway) else "drift")
        if isinstance(value, bool) or value is None:
            return {True: "ja", False: "nei", None: "–"}[value]
        return f"{value:.3g}".replace(".", ",")

    names = [word(field.name, "watched") for row in rows[:1] for field in fields(row)]
    table = Table(*(Column(name, overflow="fold") for name in names), title=title)
    for row in rows:
        table.add_row(*map(shown, astuple(row)))
    return table


def tables(settings: Settings, *, out: Path) -> int:
    """A Markdown file for each of two guidelines on reporting a study, with what the program itself knows filled in."""
    engines = load_engines(settings)
    card = model_card(engines.model)
    if card is None:
        raise BadInput("Ingen modell er i bruk, så det er ingenting å fortelle om den.")
    with database(settings) as db, db.reading(as_=SYSTEM) as tx:
        found = {"drift": watching.drift(tx, now=utc_now()), "shadows": watching.side_by_side(tx)}
        known = {**found, "study": watching.study(tx), "card": card, "purpose": PURPOSE, "policy": engines.policy}
    known |= {"versions": asdict(engines.versions), "hazards": read_yaml(HAZARDS)}
    out.mkdir(parents=True, exist_ok=True)
    for name, items in read_yaml(_ITEMS).items():
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


def rollback(settings: Settings) -> int:
    sys.stdout.write(f"Modellen {roll_back(settings.models)} er i bruk igjen.\n")
    return 0


def _card(folder: Path) -> Any:
    if not (folder / "card.yaml").is_file():
        raise BadInput(f"Finner ikke card.yaml i {folder.name}.")
    return read_yaml(folder / "card.yaml")


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, object]]:
    """The figures of a card by their whole name."""
    if not isinstance(value, dict):
        yield name, value
        return
    for key, inner in value.items():
        yield from _flat(inner, f"{name}.{key}" if name else key)
