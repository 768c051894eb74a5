"""Machine code of the reader: it answers as its source does, and none that was made of other sources is ever used.

That whole letters come out the same is measured by `python -m tests.benchmarks.compiled`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from triage import nlp
from triage.commands.compiling import C_COMPILER, compile_modules, in_c, reader_sources
from triage.domain.errors import NotReady

PACKAGE = Path(nlp.__file__).parent
SEVENTY_EIGHT = "print(module.number_words({'sytti': 70, 'åtte': 8})['syttiåtte'], module.__file__)"


def run(code: str, *, tree: Path | None = None) -> str:
    """What a new process prints, with the package in `tree`; `module` is triage.nlp.numbers."""
    where = {**os.environ, "PYTHONPATH": str(tree or PACKAGE.parents[1]), "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code], env=where, capture_output=True, check=True, encoding="utf-8"
    )
    return ran.stdout


@pytest.mark.skipif(shutil.which(C_COMPILER) is None, reason=f"no C compiler ({C_COMPILER}) is here")
def test_machine_code_answers_as_its_source_does(tmp_path: Path) -> None:
    compile_modules([PACKAGE / "numbers.py"], into=tmp_path / "made", group="triage.nlp.alone")

    made = f"import triage.nlp; triage.nlp.__path__.insert(0, {str(tmp_path / 'made')!r})\n"
    number, file = run(f"{made}import triage.nlp.numbers as module; {SEVENTY_EIGHT}").split()

    assert number == "78.0"
    assert Path(file).parent == tmp_path / "made"


def test_the_whole_reader_is_written_so_that_it_can_be_translated(tmp_path: Path) -> None:
    modules = in_c(reader_sources(), group="triage.nlp.together", folder=tmp_path)

    assert {module.name for module in modules} > {"triage.nlp.reader", "triage.nlp.lexicon"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the package, with something that tells of itself where machine code would lie."""
    shutil.copytree(PACKAGE, tmp_path / "triage" / "nlp", ignore=shutil.ignore_patterns("_compiled", "__pycache__"))
    shutil.copytree(PACKAGE.parent / "domain", tmp_path / "triage" / "domain")
    (tmp_path / "triage" / "__init__.py").touch()
    made = Path(run("import triage.nlp; print(triage.nlp.COMPILED)", tree=tmp_path).strip())
    made.mkdir(parents=True)
    (made / "numbers.py").write_text("print('machine code')")
    return tmp_path


def test_machine_code_is_used_while_its_sources_stand(tree: Path) -> None:
    assert run("import triage.nlp.numbers", tree=tree) == "machine code\n"


@pytest.mark.parametrize("changed", ["nlp/numbers.py", "nlp/text.py", "domain/finding.py"])
def test_machine_code_of_a_source_that_has_changed_is_not_found(tree: Path, changed: str) -> None:
    with (tree / "triage" / changed).open("a") as source:
        source.write("# one more line\n")

    assert run("import triage.nlp.numbers", tree=tree) == ""


def test_without_a_c_compiler_one_line_says_that_the_program_works_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotReady, match="C-kompilator"):
        compile_modules([PACKAGE / "numbers.py"], into=tmp_path / "made", group="triage.nlp.alone")
