"""The reader as a spaCy component, for those who work in spaCy: `nlp.add_pipe("triage_reader")`.

spaCy stands outside the program's own path, because its tokenizer splits at `mtp.` and `CRP<5` and costs more than the
whole reader. The component reads the raw text and lays its findings over spaCy's tokens: `doc.spans["findings"]`, each
span labelled with its concept and with `span._.status`, `span._.assertion`.
"""

from collections.abc import Callable
from functools import cache, partial

from spacy.language import Language
from spacy.tokens import Doc, Span

from triage.domain.referral import Area, Referral
from triage.nlp.reader import Reader, load_reader
from triage.paths import LEXICON

for _name in ("status", "assertion"):
    Span.set_extension(_name, default=None, force=True)


@Language.factory("triage_reader", default_config={"area": None})
def triage_reader(nlp: Language, name: str, area: str | None) -> Callable[[Doc], Doc]:  # noqa: ARG001 (spaCy's form)
    """`area` is `endoscopy`, `eye` or `ent`; without it the reader finds it. Raises ValueError for another word."""
    return partial(_with_findings, area=None if area is None else Area(area))


def _with_findings(doc: Doc, *, area: Area | None) -> Doc:
    """The same Doc with `spans["findings"]`."""
    spans = []
    for finding in _reader().read(Referral("", doc.text, area)).findings:
        place = finding.evidence
        span = doc.char_span(place.start, place.end, label=finding.concept, alignment_mode="expand")
        if span is not None:
            span._.status, span._.assertion = finding.status.value, finding.assertion
            spans.append(span)
    doc.spans["findings"] = spans
    return doc


@cache
def _reader() -> Reader:
    return load_reader(LEXICON)
