"""The whole chain on a Lennard-Jones solid: screening, resuming, failing, ranking."""

from pathlib import Path
from typing import Any

import pytest
from ase.build import bulk
from ase.calculators.lj import LennardJones

from lithicoat.analysis.database import read_campaigns, read_records
from lithicoat.analysis.records import ScreeningRecord
from lithicoat.structures.catalog.loading import load_catalog
from lithicoat.workflows.campaign import Campaign, run_campaign, run_film
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.registry import PotentialRef, register
from lithicoat.workflows.progress import Outcome
from lithicoat.workflows.protocols import Preset, Protocol, preset
from lithicoat.workflows.storage import open_store
from lithicoat.workflows.survey import survey

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")

FILM = """
[[coating]]
id = "{id}"
name = "a Lennard-Jones solid"
family = "model"
role = "anode"
recipe = {{ builder = "crystal", cif = "{cif}" }}
"""


class Recorder:
    """Keeps what a campaign tells, and interrupts it on demand."""

    def __init__(self, *, interrupt_in: str = "", after: int = 0) -> None:
        self.outcomes: list[tuple[str, str, Outcome]] = []
        self.failures: dict[str, dict[str, str]] = {}
        self.step = ""
        self.interrupt_in, self.left = interrupt_in, after

    def campaign_started(self) -> None: ...

    def film_started(self, coating: str, steps: tuple[str, ...]) -> None:
        assert steps[-1] == "record"
        self.failures[coating] = {"film": "not ended"}

    def film_ended(self, coating: str, failures: dict[str, str]) -> None:
        self.failures[coating] = failures

    def step_started(self, coating: str, step: str) -> None:
        assert coating in self.failures
        self.step = step

    def step_advanced(self, *_: Any) -> None:
        if self.step == self.interrupt_in:
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt

    def step_ended(self, coating: str, step: str, outcome: Outcome) -> None:
        self.outcomes.append((coating, step, outcome))

    def count(self, outcome: Outcome) -> int:
        return sum(found is outcome for _, _, found in self.outcomes)


class NoSodium(LennardJones):
    def calculate(self, atoms: Any = None, *rest: Any) -> None:
        if "Na" in atoms.symbols:
            msg = "sodium is not wanted"
            raise RunError(msg)
        super().calculate(atoms, *rest)


@pytest.fixture(scope="module")
def potential() -> PotentialRef:
    """Argon's well, whatever the element."""
    return register(
        "lennard-jones",
        lambda: NoSodium(sigma=2.7, epsilon=0.1, rc=5.0, smooth=True),
        elements=("Li", "Na"),
    )


@pytest.fixture
def protocol() -> Protocol:
    numbers = preset(Preset.QUICK).model_dump()
    numbers["name"] = "tiny"
    times = {"equilibration_ps": 0.02, "production_ps": 0.2, "longest_ps": 0.2, "checkpoint_ps": 0.002}
    numbers["diffusion"] |= {"crystal_temperatures_K": (100, 150), **times}
    numbers["volumes"] |= {"vacancies": 1, "interstitial": False, "crystal_atoms": 8}
    return Protocol.model_validate(numbers)


@pytest.fixture
def campaign(tmp_path: Path, potential: PotentialRef, protocol: Protocol) -> Campaign:
    entries = []
    for symbol in ("Li", "Na"):
        file = tmp_path / f"{symbol}.cif"
        bulk(symbol, "fcc", a=4.15, cubic=True).repeat((1, 1, 2)).write(file)
        entries.append(FILM.format(id=f"LJ-{symbol}", cif=file))
    (tmp_path / "catalog.toml").write_text("".join(entries))
    catalog = load_catalog(tmp_path / "catalog.toml")
    coatings = (catalog.find("LJ-Na"), catalog.find("LJ-Li"))
    return Campaign(name="trial", coatings=coatings, potential=potential, protocol=protocol, seed=3)


def _numbers(record: ScreeningRecord) -> dict[str, float | None]:
    return {name: quantity.value for name, quantity in record.properties.items()}


def test_a_failing_film_leaves_the_others_alone(campaign: Campaign, tmp_path: Path):
    recorder = Recorder()
    run_campaign(campaign, tmp_path / "db", recorder)
    assert recorder.failures == {"LJ-Na": {"relax": "sodium is not wanted"}, "LJ-Li": {}}
    records = {record.coating: record for record in read_records(tmp_path / "db")}
    assert records["LJ-Na"].failures == {"relax": "sodium is not wanted"}
    missing = records["LJ-Na"].properties["shear_modulus"]
    assert missing.value is None
    assert missing.flags[0] == "no elastic tensor: see the failures of the film"
    good = dict(records["LJ-Li"].properties)
    assert good.pop("band_gap").provenance.protocol == "reported value"
    assert "lithicoat references computes them" in good["scavenging_energy"].flags[0]
    assert good["shear_modulus"].value > 0
    assert good["lowest_elastic_eigenvalue"].value > 0
    assert "uncalibrated potential" in good["shear_modulus_calibrated"].flags
    for quantity in good.values():
        origin = quantity.provenance
        assert (origin.potential, origin.sha256) == (campaign.potential.id, campaign.potential.sha256)
        assert (origin.protocol, origin.seed) == (campaign.protocol.label, 3)
        assert "try-out protocol" in quantity.flags


def test_a_second_run_computes_nothing_again(campaign: Campaign, tmp_path: Path):
    run_campaign(campaign, tmp_path / "db", Recorder())
    before = read_records(tmp_path / "db")
    again = Recorder()
    run_campaign(campaign, tmp_path / "db", again)
    assert again.count(Outcome.DONE) == 0
    assert again.count(Outcome.REUSED) == 9  # eight steps of one film; the build of the other, without Li
    assert list(map(_numbers, read_records(tmp_path / "db"))) == list(map(_numbers, before))


@pytest.mark.parametrize(("step", "after"), [("elastic", 3), ("diffusion 100 K", 3), ("diffusion 150 K", 5)])
def test_an_interrupted_campaign_ends_as_if_it_had_not_been(
    campaign: Campaign, tmp_path: Path, step: str, after: int
):
    run_campaign(campaign, tmp_path / "whole", Recorder())
    with pytest.raises(KeyboardInterrupt):
        run_campaign(campaign, tmp_path / "cut", Recorder(interrupt_in=step, after=after))
    assert survey(tmp_path / "cut")[0].state == "interrupted"
    rest = Recorder()
    run_campaign(campaign, tmp_path / "cut", rest)
    assert ("LJ-Li", "relax", Outcome.REUSED) in rest.outcomes
    (whole,) = [_numbers(record) for record in read_records(tmp_path / "whole") if record.coating == "LJ-Li"]
    (cut,) = [_numbers(record) for record in read_records(tmp_path / "cut") if record.coating == "LJ-Li"]
    assert cut == {
        name: value if value is None else pytest.approx(value, rel=1e-9) for name, value in whole.items()
    }


def test_the_database_knows_its_campaigns(campaign: Campaign, tmp_path: Path):
    run_campaign(campaign, tmp_path / "db", Recorder())
    (known,) = read_campaigns(tmp_path / "db")
    assert (known.name, known.coatings, known.seed, known.state) == (
        "trial",
        ("LJ-Na", "LJ-Li"),
        3,
        "finished",
    )
    (state,) = survey(tmp_path / "db")
    films = {film.coating: film for film in state.films}
    assert films["LJ-Na"].failures == {"relax": "sodium is not wanted"}
    assert "elastic" in films["LJ-Li"].finished
    assert films["LJ-Li"].recorded


def test_one_document_per_key(campaign: Campaign, tmp_path: Path):
    for _ in range(3):
        run_campaign(campaign, tmp_path / "db", Recorder())
    (state,) = survey(tmp_path / "db")
    finished = {film.coating: film.finished for film in state.films}
    assert len(finished["LJ-Li"]) == len(set(finished["LJ-Li"])) == 8


def test_a_film_that_reuses_a_step_leaves_it_to_the_others(campaign: Campaign, tmp_path: Path):
    """Two films that share a step run side by side: neither may discard what the other still needs."""
    store = open_store(tmp_path / "db")
    (coating,) = [coating for coating in campaign.coatings if coating.id == "LJ-Li"]
    run_film(campaign, coating, store, Recorder())
    before = {document["uuid"] for document in store.query({}, properties=["uuid"])}
    run_film(campaign, coating, store, Recorder())
    after = {document["uuid"] for document in store.query({}, properties=["uuid"])}
    assert len(before - after) == 1
    assert len(after) == len(before)
    assert len(after - before) == 1  # the record, which is written anew


def test_a_step_whose_inputs_are_gone_is_told(
    campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store = open_store(tmp_path / "db")

    def forgetful(*_: Any, **__: Any) -> Any:
        msg = "gone"
        raise ValueError(msg)

    recorder = Recorder()
    monkeypatch.setattr(store, "get_output", forgetful)
    run_film(campaign, campaign.coatings[1], store, recorder)
    assert "inputs could not be read" in recorder.failures["LJ-Li"]["relax"]


def test_films_screened_one_by_one_make_one_campaign(campaign: Campaign, tmp_path: Path):
    for coating in campaign.coatings:
        run_campaign(campaign.model_copy(update={"coatings": (coating,)}), tmp_path / "db", Recorder())
    (known,) = read_campaigns(tmp_path / "db")
    assert known.coatings == ("LJ-Na", "LJ-Li")
    other = campaign.model_copy(update={"coatings": campaign.coatings[:1], "seed": 4})
    run_campaign(other, tmp_path / "db", Recorder())
    assert read_campaigns(tmp_path / "db")[0].coatings == ("LJ-Na",)
