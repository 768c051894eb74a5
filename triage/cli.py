"""The command line: a table of commands that also makes the help."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from triage import __version__
from triage.domain.decision import Outcome
from triage.domain.errors import BadInput, TriageError
from triage.domain.referral import Language
from triage.paths import MODELS


@dataclass(frozen=True)
class Argument:
    """A positional argument or an option, as argparse takes it."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Command:
    """`function` is `module:name`, imported only when the command runs.

    It is called with the settings and the arguments by name, and returns the exit code.
    """

    name: str
    help: str
    function: str
    arguments: tuple[Argument, ...] = ()


def command(name: str, help: str, function: str, *arguments: Argument) -> Command:  # noqa: A002
    return Command(name, help, function, arguments)


def argument(name: str, help: str, **options: Any) -> Argument:  # noqa: A002 (argparse's own word)
    return Argument(name, {"help": help, **options})


def day(text: str) -> date:
    """A date as 2026-11-22."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("skriv datoen som ÅÅÅÅ-MM-DD") from None


PORT = argument("--port", "porten nettsidene svarer på", type=int, default=8000)

BULK = (
    argument("source", "JSON-linjer eller Parquet", type=Path, metavar="IN"),
    argument("--out", "filen svarene skrives til", type=Path, required=True, metavar="OUT", dest="target"),
    argument("--processes", "antall prosesser (ellers alle kjerner)", type=int),
    argument("--resume", "fortsett der en avbrutt kjøring stoppet", action="store_true"),
)
CLUSTER = argument("--cluster", "Dask-planlegger, for flere maskiner", metavar="tcp://HOST:PORT")

CONTRAST = MODELS / "corpus" / "contrast_d1.jsonl"

COMMANDS = (
    command(
        "demo",
        "prøv programmet med oppdiktede henvisninger",
        "triage.commands.demo:demo",
        PORT,
        argument("--no-serve", "stopp etter oppsummeringen", action="store_true"),
    ),
    command(
        "serve",
        "start nettsidene",
        "triage.commands.running:serve",
        PORT,
        argument("--host", "adressen de svarer på", default="127.0.0.1"),
    ),
    command("worker", "start en arbeider som leser henvisninger og skriver brev", "triage.commands.running:worker"),
    command(
        "ingest",
        "ta imot filer eller mapper med henvisninger",
        "triage.commands.ingest:ingest",
        argument("paths", "filer eller mapper, i rekkefølgen de skal leses", nargs="+", type=Path, metavar="PATH"),
        argument("--json", "skriv én linje per fil hit", type=Path, metavar="OUT", dest="report"),
    ),
    command(
        "screen",
        "foreslå løp for mange henvisninger fra fil til fil",
        "triage.commands.screening:screen",
        *BULK,
        CLUSTER,
    ),
    command("extract", "finn funn i mange henvisninger fra fil til fil", "triage.commands.screening:extract", *BULK),
    command(
        "evaluate",
        "mål forslag og funn mot fasit",
        "triage.commands.screening:evaluate",
        argument("cases", "filer med henvisninger og fasit", nargs="+", type=Path, metavar="CASES"),
        argument("--json", "skriv alle tall hit", type=Path, metavar="OUT", dest="report"),
    ),
    command(
        "train",
        "tren, kalibrer og prøv en modell",
        "triage.commands.training:train",
        argument(
            "cases", "saker med fasit, én fil for hver som har skrevet dem", nargs="+", type=Path, metavar="CASES"
        ),
        argument("--out", "mappen modellen skrives til, med modellens navn", type=Path, required=True, metavar="DIR"),
        argument(
            "--contrast",
            "par av saker der bare ett funn skiller; brukes bare til å måle",
            nargs="+",
            type=Path,
            default=[CONTRAST],
        ),
    ),
    command(
        "model compare",
        "vis to modellers kort side om side",
        "triage.commands.training:compare",
        argument("first", "mappe", type=Path, metavar="A"),
        argument("second", "mappe", type=Path, metavar="B"),
    ),
    command(
        "model use",
        "ta en trent modell i bruk",
        "triage.commands.training:use",
        argument("folder", "mappen den er trent i", type=Path, metavar="DIR"),
        argument("--approved-by", "hvem som har godkjent den", required=True),
        argument("--despite", "et krav den ikke besto, og som er vurdert; kan gjentas", action="append", default=[]),
    ),
    command("model rollback", "gå tilbake til modellen som var i bruk før", "triage.commands.training:rollback"),
    command(
        "letter render",
        "skriv brevene til én avgjørelse som HTML, tekst og PDF",
        "triage.commands.letters:render",
        argument("decision", "avgjørelsen som JSON", type=Path, metavar="DECISION.json"),
        argument("--out", "mappen brevene skrives til", type=Path, required=True, metavar="DIR"),
    ),
    command(
        "letter lint",
        "kontroller en brevtekst mot utfallet",
        "triage.commands.letters:lint",
        argument("file", "brevet som tekst", type=Path, metavar="FILE"),
        argument("--outcome", "utfallet brevet skal si", choices=[*Outcome], required=True),
        argument("--language", "målform", choices=[*Language], default=Language.BOKMAL),
    ),
    command(
        "lexicon try",
        "vis hvor et nytt uttrykk ville slått til",
        "triage.commands.lexicon:try_term",
        argument("term", "uttrykket"),
    ),
    command("lexicon errors", "vis hva leseren tar feil av, etter fenomen", "triage.commands.lexicon:errors"),
    command(
        "lexicon guard",
        "vern vanlige ord mot å bli rettet til fagord",
        "triage.commands.lexicon:guard",
        argument("words", "ordliste, ett ord på linjen", type=Path),
    ),
    command(
        "report variation",
        "skriv fagrådets rapport om variasjon",
        "triage.commands.reporting:variation",
        argument("--from", "første dag som telles med (ÅÅÅÅ-MM-DD)", type=day, required=True, dest="start"),
        argument("--to", "siste dag som telles med", type=day, required=True, dest="end"),
        argument("--out", "mappen rapporten skrives til", type=Path, required=True, metavar="DIR"),
        argument(
            "--input",
            "tell linjene i denne filen (JSON-linjer eller CSV) og ikke databasen",
            type=Path,
            dest="source",
        ),
        argument("--population", "innbyggere etter kommune, år, kjønn og alder (CSV)", type=Path, metavar="FILE"),
        argument("--own", "kommunenummer eller henviser som skal merkes i figurene"),
        argument("--memory", "fil som husker hva tidligere utgaver har vist", type=Path, metavar="FILE"),
    ),
    command(
        "policy simulate",
        "vis hva en endret policy ville foreslått for tidligere henvisninger",
        "triage.commands.simulating:simulate",
        argument("policy", "den endrede policyfila", type=Path, metavar="POLICY.yaml"),
    ),
    command("migrate", "bring databasen til nyeste skjema", "triage.commands.running:migrate"),
    command(
        "backup",
        "ta sikkerhetskopi av hele databasen",
        "triage.commands.backup:dump",
        argument("--out", "mappen kopien skrives til", type=Path, required=True, metavar="DIR"),
    ),
    command(
        "restore",
        "legg en sikkerhetskopi tilbake i en tom database",
        "triage.commands.backup:restore",
        argument("folder", "mappen kopien ligger i", type=Path, metavar="DIR"),
    ),
    command(
        "retention run",
        "slett det avdelingens regler ikke lenger beholder",
        "triage.commands.retention:run",
        argument("--dry-run", "bare si hva som ville blitt slettet", action="store_true"),
    ),
    command("check", "kjør lint, typer og tester", "triage.commands.checking:check"),
    command(
        "user add",
        "legg til eller endre en bruker",
        "triage.commands.users:add",
        argument("username", "brukernavn"),
        argument("--name", "fullt navn", required=True),
        argument("--title", "tittel, som i brev", required=True),
        argument("--role", "rolle; kan gjentas", action="append", required=True, dest="roles"),
        argument("--area", "fagområde; kan gjentas", action="append", default=[], dest="areas"),
        argument("--hpr", "HPR-nummer"),
    ),
    command("audit verify", "kontroller at loggen ikke er endret", "triage.commands.audit:verify"),
    command(
        "audit patient",
        "vis hvem som har sett på en pasient",
        "triage.commands.audit:patient",
        argument("identity", "fødselsnummer, eller henvisningens nummer", metavar="ID"),
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. An error of ours, or a file that cannot be used, is one line and an exit code."""
    given = vars(_parser().parse_args(arguments))
    command: Command = given.pop("command")
    try:
        return _run(command, given)
    except TriageError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except OSError as error:
        if error.filename is None:
            raise
        sys.stderr.write(f"{error.filename} kan ikke brukes: {error.strerror}.\n")
        return BadInput.exit_code
    except KeyboardInterrupt:
        return 130


def _run(command: Command, given: dict[str, Any]) -> int:
    from triage.settings import read_settings  # noqa: PLC0415 (so that `--help` is quick)

    module, name = command.function.split(":")
    code: int = getattr(import_module(module), name)(read_settings(), **given)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="triage", description="Vurdering av henvisninger: programmet foreslår, et menneske avgjør."
    )
    parser.add_argument("--version", action="version", version=f"triage {__version__}")
    words = parser.add_subparsers(metavar="KOMMANDO", required=True)
    groups: dict[str, Any] = {}
    for command in COMMANDS:
        first, _, second = command.name.partition(" ")
        if second and first not in groups:
            groups[first] = words.add_parser(first, help=_group_help(first)).add_subparsers(required=True)
        place = groups[first] if second else words
        own = place.add_parser(second or first, help=command.help, description=command.help)
        own.set_defaults(command=command)
        for one in command.arguments:
            own.add_argument(one.name, **one.options)
    return parser


def _group_help(word: str) -> str:
    return "; ".join(command.help for command in COMMANDS if command.name.startswith(f"{word} "))


if __name__ == "__main__":
    sys.exit(main())
