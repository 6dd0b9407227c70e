from html.parser import HTMLParser

import pytest

from lithicoat.analysis.database.origins import Origin, OriginStep
from lithicoat.analysis.database.quantities import quantity
from lithicoat.analysis.decision.ranking import Ranking, rank
from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.analysis.display import database_html
from lithicoat.analysis.properties import Bound, Property, Provenance
from lithicoat.analysis.records import CampaignRecord, ModelSummary, ScreeningRecord

ORIGIN = Provenance(
    potential="mace-lithicoat-1", sha256="ab" * 32, protocol="quick-1", seed=3, versions={"ase": "3"}
)
HOSTILE = '<img src=x onerror="alert(1)">'


class Cells(HTMLParser):
    """The cells of all rows, and the tags that are open."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.open, self.seen = [], [], set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):  # noqa: ARG002
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def record(coating="Li2S", **changes):
    given = {
        "coating": coating, "name": "lithium sulfide", "family": "sulfide", "role": "both", "campaign": "c",
        "potential": "mace-lithicoat-1", "sha256": "ab" * 32, "protocol": "quick-1", "try_out": True,
        "seed": 3,
        "properties": {
            "shear_modulus_calibrated": Property(
                value=31.4, uncertainty=8.1, unit="GPa", flags=("one replica",)
            ),
            "conductivity_298K": Property(value=2e-5, unit="S/cm", bound=Bound.UPPER),
            "band_gap": Property.missing("eV", "not reported"),
        },
    }  # fmt: skip
    return ScreeningRecord(**given | changes)


def test_a_number_shows_value_uncertainty_flags_and_source():
    shown = Property(value=1.2e-5, uncertainty=2e-6, unit="S/cm", flags=("extrapolated",), provenance=ORIGIN)
    text = shown._repr_html_()
    assert "(1.20 ± 0.20) × 10⁻⁵ S cm⁻¹" in text
    assert "extrapolated" in text
    assert "mace-lithicoat-1 (sha256 abababababab…)" in text
    assert "quick-1; seed 3; ase 3" in text


def test_a_bound_and_a_missing_number_are_told_as_such():
    assert "&lt; 0.5" in Property(value=0.5, unit="eV", bound=Bound.UPPER)._repr_html_()
    missing = Property.missing("eV", "no lithium moved")._repr_html_()
    assert "not known" in missing
    assert "no lithium moved" in missing


def test_a_record_has_a_row_for_each_number_and_failure():
    model = ModelSummary(content_hash="0", kind="crystal", formula="Li8S4", atoms=12, density_g_cm3=1.6)
    text = record(failures={"relax": "did not converge"}, models=(model,))._repr_html_()
    cells = Cells(text)
    assert cells.rows == [
        [quantity("shear_modulus_calibrated").label, "31 ± 8 GPa", "one replica"],
        [quantity("conductivity_298K").label, "< 2.0 × 10⁻⁵ S cm⁻¹", ""],
        [quantity("band_gap").label, "not known", "not reported"],
        ["relax", "failed", "did not converge"],
    ]
    assert not cells.open
    assert "for trying out only" in text
    assert "crystal Li8S4, 12 atoms, 1.60 g cm⁻³" in text


def test_only_the_first_flags_of_a_row_are_written_out():
    flags = tuple(f"flag {number}" for number in range(5))
    shown = record(properties={"density": Property(value=1.6, unit="g/cm3", flags=flags)})._repr_html_()
    assert Cells(shown).rows[0][2] == "flag 0; flag 1; flag 2; and 2 more"


def test_a_database_lists_its_campaigns():
    campaign = CampaignRecord(
        name=HOSTILE, coatings=("Li2S", "TiO2"), potential="chgnet", sha256="ab" * 32, protocol="quick-1",
        numbers={}, seed=7, state="finished",
    )  # fmt: skip
    cells = Cells(database_html("films.db", 2, [campaign]))
    assert cells.rows[1:] == [[HOSTILE, "finished", "2", "chgnet", "quick-1", "7"]]
    assert "no campaign" in database_html("films.db", 0, [])


def test_a_campaign_says_what_was_asked_for():
    campaign = CampaignRecord(
        name="films", coatings=("Li2S", "TiO2"), potential="mace-lithicoat-1", sha256="ab" * 32,
        substitutes={"TiO2": "cd" * 32}, protocol="quick-1", numbers={}, seed=0, state="finished",
    )  # fmt: skip
    cells = Cells(campaign._repr_html_())
    assert ["films", "Li2S, TiO2"] in cells.rows
    assert ["other potentials", "TiO2 by sha256 cdcdcdcdcdcd…"] in cells.rows


def test_a_ranking_shows_places_terms_and_gates():
    ranking = rank([record(), record("LAS-1-1", properties={})], Electrode.CATHODE, draws=100)
    cells = Cells(ranking._repr_html_())
    headings = cells.rows[0]
    assert headings[:3] == ["rank", "film", "score"]
    assert set(ranking[0].terms) <= set(headings)
    assert [row[1] for row in cells.rows[1:]] == [film.id for film in ranking]
    gates = cells.rows[-1][headings.index("gates not passed")]
    assert all(f"{name} {state.value}" in gates for name, state in ranking[-1].gates.items() if state.group)


def origin(name="density"):
    number = Property(value=1.6, uncertainty=0.1, unit="g/cm3", provenance=ORIGIN)
    cell = ModelSummary(content_hash="c" * 64, kind="crystal", formula="Li8S4", atoms=12, density_g_cm3=1.6)
    steps = (
        OriginStep(key="a" * 64, step="relax", uuid="job-1", completed_at="2026-11-22T12:14:05.18"),
        OriginStep(key="b" * 64, step="build"),
    )
    return Origin(
        coating="Li2S", facts=quantity(name), number=number, campaign="c", created_at="2026-11-22",
        potential="mace-lithicoat-1", sha256="ab" * 32, protocol="quick-1", protocol_numbers=None, seed=3,
        versions={}, models=(cell,), steps=steps,
    )  # fmt: skip


def test_an_origin_shows_the_number_and_what_it_comes_from():
    text = origin()._repr_html_()
    assert "1.60 ± 0.10 g cm⁻³" in text
    assert Cells(text).rows[1:] == [
        ["cell", "crystal Li8S4, 12 atoms", "cccccccccccc…", "", ""],
        ["computation", "relax", "aaaaaaaaaaaa…", "job-1", "2026-11-22 12:14:05"],
        ["computation", "build", "bbbbbbbbbbbb…", "not in this database", ""],
    ]


def test_an_empty_ranking_says_so():
    assert "No film for the anode" in Ranking(electrode=Electrode.ANODE)._repr_html_()


@pytest.mark.parametrize(
    "shown",
    [
        Property(value=1.0, unit=HOSTILE, flags=(HOSTILE,), provenance=Provenance(potential=HOSTILE)),
        record(HOSTILE, name=HOSTILE, family=HOSTILE, properties={HOSTILE: Property.missing("1", HOSTILE)}),
        record(failures={HOSTILE: HOSTILE}, campaign=HOSTILE, protocol=HOSTILE),
        CampaignRecord(
            name=HOSTILE, coatings=(HOSTILE,), potential=HOSTILE, sha256=HOSTILE, protocol=HOSTILE,
            numbers={}, seed=0, state=HOSTILE,
        ),
        rank([record(HOSTILE)], Electrode.CATHODE, draws=10),
        origin(HOSTILE),
    ],
)  # fmt: skip
def test_text_of_a_database_stays_text(shown):
    assert "img" not in Cells(shown._repr_html_()).seen
