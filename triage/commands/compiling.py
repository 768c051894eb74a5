"""Machine code of the reader, where there is a C compiler. Without it everything works the same, only slower."""

import io
import os
import shutil
import sys
import sysconfig
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from triage import nlp
from triage.domain.errors import NotReady
from triage.settings import Settings

_AS_THEY_ARE = ("__init__", "component")  # the finder of the others, and what spaCy asks for its signatures
C_COMPILER: str = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
_GROUP = "triage.nlp.together"  # what the modules share, as a module of its own


def compile_reader(settings: Settings) -> int:  # noqa: ARG001 (every command is given them)
    """Put the machine code where `triage.nlp` looks for it, and take away what was made of other sources."""
    shutil.rmtree(nlp.COMPILED.parent, ignore_errors=True)
    compile_modules(reader_sources(), into=nlp.COMPILED, group=_GROUP)
    if nlp.digest_of_sources() != nlp.SOURCES:
        shutil.rmtree(nlp.COMPILED)
        raise NotReady("En kildefil ble endret mens den ble kompilert: prøv igjen.")
    sys.stderr.write(f"Leseren er kompilert: {nlp.COMPILED}\n")
    return 0


def reader_sources() -> list[Path]:
    return [file for file in sorted(nlp.COMPILED.parents[1].glob("*.py")) if file.stem not in _AS_THEY_ARE]


def compile_modules(sources: Sequence[Path], *, into: Path, group: str) -> None:
    """One extension module for each source, and one that they share, in the folder `into`, all of them or none.

    Raises NotReady without mypy or a C compiler, and when the sources cannot be compiled.
    """
    if shutil.which(C_COMPILER) is None:
        raise NotReady(f"Finner ingen C-kompilator ({C_COMPILER}). Programmet virker uten, bare langsommere.")
    into.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=into.parent) as folder:
        modules = in_c(sources, group=group, folder=Path(folder, "c"))
        from setuptools import Distribution  # noqa: PLC0415

        build = Distribution({"ext_modules": modules}).get_command_obj("build_ext")
        build.build_lib, build.build_temp = f"{folder}/lib", f"{folder}/c"
        build.ensure_finalized()
        build.run()
        Path(folder, "lib", *group.split(".")[:-1]).rename(into)


def in_c(sources: Sequence[Path], *, group: str, folder: Path) -> list[Any]:
    """The sources translated to C in `folder`, as setuptools builds them."""
    try:
        from mypyc.build import mypycify  # noqa: PLC0415 (for developers and for building the image)
    except ImportError:
        raise NotReady("Kompilering trenger mypy: kjør «./start compile», som henter den.") from None
    options = ["--config-file=", "--ignore-missing-imports", *map(str, sources)]
    with redirect_stdout(io.StringIO()) as said:
        try:
            return list(mypycify(options, group_name=group, target_dir=str(folder), debug_level="0"))
        except SystemExit:
            raise NotReady(f"Kan ikke kompilere:\n{said.getvalue()}") from None
