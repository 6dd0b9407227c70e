"""`lithicoat benchmark`: dispatch, options of each subject, files, and shipped results beside."""

import json
import sys
import types

import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

from lithicoat.analysis.mechanics.calibration import Calibration
from lithicoat.workflows.benchmarks import results
from lithicoat.workflows.benchmarks.crystals import CrystalBenchmark, crystal_benchmark
from lithicoat.workflows.benchmarks.results import Subject, shipped_headlines, shipped_result
from lithicoat.workflows.cli import run
from lithicoat.workflows.commands import benchmark
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import register

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def emt():
    ref = register("test-emt", EMT, elements=["Al", "Cu", "Ag", "Au"])
    yield ref
    potentials._registered.pop("test-emt")
    calculators._loaded.pop(ref.sha256, None)


@pytest.fixture
def shipped(emt, tmp_path, monkeypatch):
    """A result of chgnet's that in truth is EMT's, in a package directory of our own."""
    found = crystal_benchmark(emt).model_copy(update={"potential": "chgnet", "sha256": "abc"})
    folder = tmp_path / "data" / "benchmarks" / "chgnet"
    folder.mkdir(parents=True)
    (folder / "crystals.json").write_text(found.model_dump_json())
    monkeypatch.setattr(results.resources, "files", lambda _: tmp_path)
    return found


@pytest.mark.usefixtures("emt")
def test_a_result_is_printed_and_written(capsys, tmp_path):
    file = tmp_path / "result.json"
    assert run(["benchmark", "crystals", "--potential", "test-emt", "-o", str(file), "--quiet"]) == 0
    printed = capsys.readouterr().out
    assert "Al_225.cif" in printed
    assert "test-emt: mean errors: volume 3.1% off experiment" in printed
    written = CrystalBenchmark.model_validate_json(file.read_text())
    assert written.crystals[0].file == "Al_225.cif"
    assert run(["benchmark", "crystals", "--potential", "test-emt", "--json", "--quiet"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["summary"] == written.headline()
    assert document["crystals"][0]["density_g_cm3"] == pytest.approx(written.crystals[0].density_g_cm3)


@pytest.mark.usefixtures("emt")
def test_the_elastic_benchmark_writes_its_calibration(capsys, tmp_path, monkeypatch):
    from lithicoat.workflows.benchmarks import elastic

    def metal(symbol):
        atoms = bulk(symbol)
        return elastic.ReferenceCrystal(
            id="fcc", formula=symbol, symbols=tuple(atoms.symbols), positions_A=atoms.positions.tolist(),
            cell_A=atoms.cell.tolist(), bulk_modulus_GPa=100, shear_modulus_GPa=50,
        )  # fmt: skip

    monkeypatch.setattr(elastic, "reference_crystals", lambda: tuple(map(metal, ("Cu", "Ag", "Au"))))
    file = tmp_path / "calibration.json"
    assert run(["benchmark", "elastic", "--potential", "test-emt", "-o", str(file), "--quiet"]) == 0
    assert Calibration.model_validate_json(file.read_text()).n == 3
    assert "Au fcc" in capsys.readouterr().out


@pytest.mark.usefixtures("emt")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["elastic", "--limit", "3"], "--limit is not an option of benchmark elastic. It is one of barriers"),
        (["barriers", "--films", "LiGL"], "--films is not an option of benchmark barriers"),
        (
            ["speed", "--db", "x"],
            "It is one of barriers, stability, conductivities and windows",
        ),
        (["labels", "--same-as", "chgnet"], "--same-as is not an option of benchmark labels"),
        (
            ["elastic", "--summary"],
            "--summary is not an option of benchmark elastic. It is one of conductivities",
        ),
        (["stability", "--preset", "quick"], "--preset is not an option of benchmark stability"),
        (["conductivities", "--films", "LiFF"], "Did you mean LiF"),
        (["conductivities", "--films", "LiF"], "but test-emt does not"),
        (["conductivities", "--summary", "--db", "nowhere"], "nowhere holds no lithicoat database"),
        (["stability", "--time-ps", "-1"], "--time-ps is -1, must be positive"),
        (["stability", "--films", "LiGLL"], "Did you mean LiGL"),
        (["elastic", "--same-as", "mace-nothing"], "there is no potential mace-nothing"),
        (["elastic", "--same-as", "test-emt"], "test-emt has no elastic calibration"),
        (["labels", "--labels", "nowhere.extxyz"], "nowhere.extxyz"),
        (["barriers"], "test-emt covers none of the hops"),
        (["beauty"], "beauty"),
    ],
)
def test_bad_input_gets_one_sentence(capsys, arguments, sentence):
    assert run(["benchmark", *arguments, "--potential", "test-emt", "--quiet"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert sentence in printed.err


@pytest.mark.usefixtures("emt")
def test_a_file_that_cannot_be_written_is_named(capsys, tmp_path):
    where = str(tmp_path / "no" / "such" / "folder.json")
    assert run(["benchmark", "crystals", "--potential", "test-emt", "-o", where, "--quiet"]) == 2
    assert f"{where} cannot be written" in capsys.readouterr().err


def test_every_subject_runs_and_knows_its_options():
    assert set(benchmark.OPTIONS) == set(Subject)
    assert set(benchmark.RUNNERS) | set(benchmark.WITHOUT_POTENTIAL) == set(Subject)


def test_the_analysis_is_held_against_synthetic_walks_without_a_potential(capsys, monkeypatch):
    from lithicoat.workflows.benchmarks.base import Benchmark

    class Walks(Benchmark):
        seeds: int

        def lines(self):
            return [self.headline()]

        def headline(self):
            return f"{self.seeds} walks"

    module = types.ModuleType("transport")
    module.transport_benchmark = lambda *, seeds: Walks(seeds=seeds)
    monkeypatch.setitem(sys.modules, "lithicoat.workflows.benchmarks.transport", module)
    assert run(["benchmark", "transport", "--quiet"]) == 0
    assert capsys.readouterr().out == "100 walks\n"
    assert run(["benchmark", "transport", "--seeds", "3", "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["potential"] == ""
    assert run(["benchmark", "transport", "--potential", "chgnet", "--quiet"]) == 2
    assert "takes no potential" in capsys.readouterr().err


def test_a_shipped_result_is_read_and_shown_beside(shipped, capsys):
    assert shipped_result("chgnet", Subject.CRYSTALS) == shipped
    assert shipped_result("chgnet", Subject.SPEED) is None
    assert shipped_headlines("chgnet", "abc") == {"crystals": shipped.headline()}
    assert shipped_headlines("chgnet", "of other weights") == {}
    assert run(["benchmark", "crystals", "--potential", "test-emt", "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3] == "on the same crystals:"
    assert lines[-1].startswith("chgnet")


def test_potentials_print_the_headlines_of_shipped_results(emt, capsys, monkeypatch):
    monkeypatch.setattr(results, "_read", lambda potential, subject: (
        {"summary": f"good at {subject.value}", "sha256": emt.sha256}
        if potential == "test-emt" and subject in {Subject.ELASTIC, Subject.SPEED} else None
    ))  # fmt: skip
    assert run(["potentials"]) == 0
    printed = capsys.readouterr().out
    assert "    elastic: good at elastic\n    speed: good at speed\n" in printed
    assert printed.count("good at") == 2


@pytest.mark.parametrize("subject", list(Subject))
def test_shipped_results_can_be_read(subject):
    for entry in potentials.list_potentials():
        found = shipped_result(entry.id, subject)
        if found is not None:
            assert found.potential == entry.id
            assert found.sha256 == entry.sha256
            assert found.lines()
