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

from triage import nlp
from triage.domain.errors import NotReady
from triage.settings import Settings

_AS_THEY_ARE = ("__init__", "component")  # the finder of the others, and what spaCy asks for its signatures
C_COMPILER: str = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
_GROUP = "triage.nlp.together"  # what the modules share, as a module of its own


def compile_reader(settings: Settings) -> int:  # noqa: ARG001 (every command is given them)
    """Put the machine code where `triage.nlp` looks for it, and take away what was made of other sources."""
    sources = sorted(nlp.COMPILED.parents[1].glob("*.py"))
    shutil.rmtree(nlp.COMPILED.parent, ignore_errors=True)
    compile_modules([file for file in sources if file.stem not in _AS_THEY_ARE], into=nlp.COMPILED, group=_GROUP)
    if nlp.digest_of_sources() != nlp.SOURCES:
        shutil.rmtree(nlp.COMPILED)
        raise NotReady("En kildefil ble endret mens den ble kompilert: prøv igjen.")
    sys.stderr.write(f"Leseren er kompilert: {nlp.COMPILED}\n")
    return 0


def compile_modules(sources: Sequence[Path], *, into: Path, group: str) -> None:
    """One extension module for each source, and one that they share, in the folder `into`, all of them or none.

    Raises NotReady without mypy or a C compiler, and when the sources cannot be compiled.
    """
    try:
        from mypyc.build import mypycify  # noqa: PLC0415 (for developers and for building the image)
        from setuptools import Distribution  # noqa: PLC0415
    except ImportError:
        raise NotReady("Kompilering trenger mypy: kjør «./start compile», som henter den.") from None
    if shutil.which(C_COMPILER) is None:
        raise NotReady(f"Finner ingen C-kompilator ({C_COMPILER}). Programmet virker uten, bare langsommere.")
    into.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=into.parent) as folder, redirect_stdout(io.StringIO()) as said:
        try:
            options = ["--config-file=", "--ignore-missing-imports", *map(str, sources)]
            modules = mypycify(options, group_name=group, target_dir=f"{folder}/c", debug_level="0")
        except SystemExit:
            raise NotReady(f"Kan ikke kompilere:\n{said.getvalue()}") from None
        build = Distribution({"ext_modules": modules}).get_command_obj("build_ext")
        build.build_lib, build.build_temp = f"{folder}/lib", f"{folder}/c"
        build.ensure_finalized()
        build.run()
        Path(folder, "lib", *group.split(".")[:-1]).rename(into)
