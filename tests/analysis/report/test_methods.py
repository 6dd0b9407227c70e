from dataclasses import replace

import pytest

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.report.citations import References, read_bibtex, shipped_citations
from lithicoat.analysis.report.methods import methods


def written(screening):
    references = References()
    return {paragraph.title: paragraph.text for paragraph in methods(screening, references)}, references


def test_numbers_are_those_of_the_protocol(screening):
    text, _ = written(screening)
    anneal = screening.campaign.numbers["anneal"]
    assert f"quenched at {anneal['quench_rate_K_ps']:g} K/ps" in text["Models"]
    assert f"{screening.campaign.numbers['elastic']['fmax_eV_A']:g} eV/Å" in text["Elasticity"]
    assert screening.campaign.sha256 in text["Potential"]


def test_what_was_not_run_is_not_written_of(screening):
    without = tuple(
        record.model_copy(
            update={"steps": {key: step for key, step in record.steps.items() if "scavenging" not in step}}
        )
        for record in screening.records
    )
    text, _ = written(screening)
    fewer, _ = written(replace(screening, records=without))
    assert "Oxygen" in text
    assert "Oxygen" not in fewer


def test_references_are_numbered_as_they_are_cited(screening):
    text, references = written(screening)
    numbers = [f"[{number}" for number in range(1, len(references.cited) + 1)]
    whole = " ".join(text.values())
    assert all(number in whole or number.replace("[", ", ") in whole for number in numbers)
    assert all(citation.bibtex in references.bibtex for citation in references.cited)


def test_every_shipped_reference_can_be_found():
    for citation in shipped_citations().values():
        assert {"author", "title", "year"} <= set(citation.fields)
        assert "{" not in citation.text
        assert "\\" not in citation.text
        assert citation.address or "pages" in citation.fields


def test_a_reference_is_written_as_journals_do():
    found = shipped_citations()["monroe2005"]
    assert found.text == (
        "C. Monroe and J. Newman, The Impact of Elastic Deformation on Deposition Kinetics at "
        "Lithium/Polymer Interfaces, Journal of The Electrochemical Society 152, A396–A404 (2005)"
    )
    assert found.address_text == "doi:10.1149/1.1850854"


def test_bibtex_keeps_accents():
    (entry,) = read_bibtex(
        "@article{a,\n  author = {J{\\'o}nsson, Hannes},\n  title = {X},\n  year = {2000}\n}"
    )
    assert entry.text == "H. Jónsson, X, (2000)"


def test_a_reference_that_is_not_there_is_an_error():
    with pytest.raises(DataError, match="there is no reference nobody1900"):
        References().cite("nobody1900")
