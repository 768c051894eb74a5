"""The notation that the linter's patterns are written in."""

import pytest

from triage.letters.notation import compile_pattern

NAMES = {"not": "ikke|ikkje", "care": "helsehjelp*|*skopi*"}


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("klage", "du kan klage nå", True),
        ("klage", "klageren", False),
        ("klag*", "klageren", True),
        ("*skopi*", "en gastroskopien", True),
        ("en *skopi*", "en gastroskopien", True),
        ("vente*list*", "ventetidslisten", True),
        ("har ..2 rett", "har rett", True),
        ("har ..2 rett", "har nå dessverre rett", True),
        ("har ..2 rett", "har nå dessverre ingen rett", False),
        ("har ..2 rett", "har. rett", False),
        ("har ..2-{not} rett", "har nå rett", True),
        ("har ..2-{not} rett", "har ikke rett", False),
        ("{not} rett !(sted|nivå)", "ikke rett.", True),
        ("{not} rett !(sted|nivå)", "ikke rett nivå", False),
        ("[svært] mange (pasienter|henvisninger)", "mange henvisninger", True),
        ("så [svært] mange", "så svært mange", True),
        ("(få|kun to) leger", "kun to leger", True),
        ("rett, til", "rett", False),
        ("nei til", "nei, til", True),
        ("råd/:/", "råd: hvil", True),
        ("råd/:/", "råd om hvile", False),
    ],
)
def test_pattern(pattern: str, text: str, *, matches: bool) -> None:
    assert bool(compile_pattern(pattern, NAMES).regex.search(text)) is matches


@pytest.mark.parametrize("pattern", ["(a|b", "a)", "[a", "a !", "{unknown}"])
def test_pattern_that_is_not_well_formed_is_refused(pattern: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        compile_pattern(pattern, NAMES)


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        ("har ..2 {not}", {frozenset({"har"}), frozenset({"ikke", "ikkje"})}),
        ("[så] mange !(av)", {frozenset({"mange"})}),
        (r"/\d+/ uker", {frozenset({"uker"})}),
        (r"uke|/\d+/", set()),
    ],
)
def test_stems_that_every_match_needs(pattern: str, needs: set[frozenset[str]]) -> None:
    assert set(compile_pattern(pattern, NAMES).needs) == needs
