"""Shears at a temperature: limits, continuation, budget, failures."""

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

from lithicoat.analysis.mechanics.thermal_elasticity import PLANES_ONLY, ShearMode
from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.dynamics.watch import StoppedError
from lithicoat.workflows.mechanics import shearing
from lithicoat.workflows.mechanics.elastic import strained_stresses
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.mechanics.thermal import ThermalElasticDocument, ThermalElasticMaker
from lithicoat.workflows.progress import listen
from lithicoat.workflows.protocols import ElasticSpec, ThermalElasticSpec


class Interrupted(Exception):  # noqa: N818 - stands for the death of the process
    pass


@pytest.fixture(scope="module")
def copper():
    atoms = relax(
        bulk("Cu", cubic=True), EMT(), fmax_eV_A=1e-3, smax_GPa=1e-3, max_steps=50, label="Cu"
    ).atoms
    return Model.from_atoms(atoms, name="Cu", kind=ModelKind.CRYSTAL)


def _spec(**changes):
    numbers = {
        "in_screen": False,
        "temperature_K": 300.0,
        "expansion_ps": 0.1,
        "strains": (0.01,),
        "shears": 3,
        "equilibration_ps": 0.01,
        "production_ps": 0.06,
        "longest_ps": 0.12,
        "relative_error": 0.5,
    }
    return ThermalElasticSpec(**numbers | changes)


def _measure(model, ref, seed=0, **changes):
    maker = ThermalElasticMaker(spec=_spec(**changes), timestep_fs=5.0)
    return ThermalElasticMaker.make.original(maker, model, ref, seed)


def test_a_cold_cell_has_the_moduli_of_its_elastic_tensor(copper, emt):
    table = strained_stresses(
        copper.atoms, EMT(), ElasticSpec(strains=(0.002,), fmax_eV_A=1e-3, max_steps=50), label="Cu"
    )
    document = _measure(copper, emt, temperature_K=0.5, shears=6, strains=(0.002,), production_ps=0.1)
    for mode in document.result.modes:
        states = [
            float(np.tensordot(strain, mode.mode.tensor) * mode.mode.stress(stress))
            for strain, stress in zip(table.strains, table.stresses_GPa, strict=True)
        ]
        slope = sum(states) / sum(np.tensordot(table.strains, mode.mode.tensor) ** 2)
        assert mode.modulus_GPa == pytest.approx(slope, rel=0.01)
    planes = np.mean([mode.modulus_GPa for mode in document.result.modes[:3]])
    calm = np.mean([mode.modulus_GPa for mode in document.result.modes[3:]])
    assert planes == pytest.approx(89.9, abs=0.3)
    assert calm == pytest.approx((172.59 - 115.43) / 2, abs=0.3)
    assert document.result.modulus_GPa == pytest.approx((2 * calm + 3 * planes) / 5)
    assert abs(document.expansion) < 1e-3


def test_heat_expands_copper(copper, emt):
    document = _measure(copper, emt, expansion_ps=1.5)
    assert 0.003 < document.expansion < 0.03
    assert document.volume_A3 == pytest.approx(copper.atoms.get_volume() * (1 + document.expansion))
    modulus = document.result.shear_modulus
    assert PLANES_ONLY in modulus.flags
    assert modulus.provenance.sha256 == emt.sha256
    assert document.model_hash == copper.content_hash
    assert ThermalElasticDocument.model_validate_json(document.model_dump_json()) == document


def test_a_killed_run_goes_on_and_ends_the_same(copper, emt, tmp_path, monkeypatch):
    def at(place):
        (tmp_path / place).mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / place)

    at("whole")
    whole = _measure(copper, emt, relative_error=0.001)
    at("killed")

    class Killer:
        def __init__(self, label, done):
            self.when = label, done

        def advanced(self, label, done, total, unit):
            if (total, unit) == (6, "runs") and label.endswith(self.when[0]) and done == self.when[1]:
                raise Interrupted

    for when in (("round 1", 3), ("round 2", 1)):
        with pytest.raises(Interrupted), listen(Killer(*when)):
            _measure(copper, emt, relative_error=0.001)
    assert len(list((tmp_path / "killed" / shearing.ROUNDS).glob("*.npz"))) == 7
    continued = _measure(copper, emt, relative_error=0.001)
    assert continued == whole


def test_rounds_of_another_computation_are_not_taken_over(copper, emt):
    first = _measure(copper, emt, seed=0)
    (shearing.Path.cwd() / "expansion" / "checkpoint.npz").unlink(missing_ok=True)
    for left in (shearing.Path.cwd() / "expansion").iterdir():
        left.unlink()
    second = _measure(copper, emt, seed=1)
    assert second.result.modulus_GPa != first.result.modulus_GPa


def test_runs_go_on_until_the_modulus_is_known_or_the_budget_is_spent(copper, emt, tmp_path, monkeypatch):
    rough = _measure(copper, emt, relative_error=0.9)
    assert rough.converged
    assert len(list((tmp_path / shearing.ROUNDS).glob("*.npz"))) == 6
    (tmp_path / "fine").mkdir()
    monkeypatch.chdir(tmp_path / "fine")
    fine = _measure(copper, emt, relative_error=1e-4, longest_ps=0.18)
    assert not fine.converged
    assert len(list((tmp_path / "fine" / shearing.ROUNDS).glob("*.npz"))) == 18
    assert any("when the 0.18 ps were used up" in flag for flag in fine.result.shear_modulus.flags)
    samples = {pair.mode: pair.samples + pair.discarded for pair in fine.result.pairs}
    assert set(samples.values()) == {3 * 13}


def test_frames_are_not_kept(copper, emt, tmp_path):
    _measure(copper, emt)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"expansion", shearing.ROUNDS}


def test_a_bond_that_breaks_ends_the_run_with_its_name(copper, emt, monkeypatch):
    monkeypatch.setattr(shearing, "watch_bonds", lambda _model: lambda _atoms: "bond C1-O2 broke")
    with pytest.raises(StoppedError, match="bond C1-O2 broke"):
        _measure(copper, emt)


def test_both_signs_of_both_magnitudes_are_run(copper, emt, tmp_path):
    document = _measure(copper, emt, strains=(0.005, 0.01))
    names = {path.stem for path in (tmp_path / shearing.ROUNDS).glob("*.npz")}
    modes = ShearMode.chosen(3)
    assert names == {
        f"{mode.value} {sign}{strain:g} 1" for mode in modes for sign in "+-" for strain in (0.005, 0.01)
    }
    assert len(document.result.pairs) == 6
