"""The reader inside spaCy."""

import pytest
import spacy

import triage.nlp.component  # noqa: F401 (registers the component)


@pytest.fixture(scope="module")
def pipeline():
    nlp = spacy.blank("nb")
    nlp.add_pipe("triage_reader", config={"area": "endoscopy"})
    return nlp


def test_findings_lie_over_the_tokens_of_spacy_with_their_status(pipeline):
    doc = pipeline("Ingen dysfagi. Har gått ned i vekt, mtp. cancer.")

    found = {(span.label_, span._.status, span.text) for span in doc.spans["findings"]}

    assert {("dysfagi", "negated", "dysfagi"), ("vekttap", "present", "gått ned i vekt")} <= found


def test_an_empty_letter_has_no_findings(pipeline):
    assert list(pipeline("").spans["findings"]) == []


def test_an_unknown_area_is_refused_when_the_pipeline_is_built():
    with pytest.raises(ValueError, match="tannlege"):
        spacy.blank("nb").add_pipe("triage_reader", config={"area": "tannlege"})
