"""The test set that ships, and the benchmark on labelled frames."""

import gzip
import re

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT

from lithicoat.workflows.benchmarks.labels import label_benchmark, shipped_labels
from lithicoat.workflows.distill.labels import read_labels
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import register


class _Off(Calculator):
    """EMT plus constants; refuses cells of one atom."""

    implemented_properties = ("energy", "forces", "stress")

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        if len(atoms) == 1:
            raise RunError("an atom without neighbours")
        exact = EMT()
        self.results = {
            "energy": exact.get_potential_energy(atoms) + 0.01 * len(atoms),
            "forces": exact.get_forces(atoms) - 0.05,
            "stress": exact.get_stress(atoms),
        }


@pytest.fixture
def off():
    ref = register("test-off", _Off, elements=["Cu", "Al"])
    yield ref
    potentials._registered.pop("test-off")
    calculators._loaded.pop(ref.sha256, None)


def _labelled(symbol, *, family, seed=0, single=False):
    atoms = bulk(symbol) if single else bulk(symbol, cubic=True)
    atoms.rattle(0.1, seed=seed)
    copy = atoms.copy()
    copy.calc = EMT()
    atoms.info |= {
        "REF_energy": copy.get_potential_energy(),
        "REF_stress": copy.get_stress(),
        "family": family,
        "source": f"{symbol}-{seed}",
    }
    atoms.arrays["REF_forces"] = copy.get_forces()
    return atoms


def test_errors_are_those_put_in(off):
    frames = [_labelled("Cu", family="copper", seed=seed) for seed in range(3)]
    frames += [frames[-1].copy(), _labelled("Al", family="aluminium"), _labelled("Ag", family="silver")]
    frames.append(_labelled("Cu", family="copper", single=True))
    found = label_benchmark(off, frames=frames)
    assert found.uncovered == 1
    assert found.failures == {"Cu-0 frame 5": "an atom without neighbours"}
    assert [errors.family for errors in found.errors.families] == ["aluminium", "copper"]
    assert found.errors.overall.frames == 5
    assert found.errors.overall.energy_mae_eV_atom.value == pytest.approx(0.01)
    assert found.errors.overall.forces_mae_eV_A.value == pytest.approx(0.05)
    assert found.errors.overall.stress_mae_GPa.value == pytest.approx(0, abs=1e-9)
    assert "energy 10.0 meV/atom, forces 50 meV/Å" in found.headline()
    text = "\n".join(found.lines())
    assert "1 frames of other elements left aside" in text
    assert "an atom without neighbours" in text
    assert type(found).model_validate_json(found.model_dump_json()) == found
    assert sum("copper" in line for line in found.against(found)) == 1


def test_frames_that_nobody_computes_are_an_error(off):
    with pytest.raises(UsageError, match="test-off computes none of the 1 frames"):
        label_benchmark(off, frames=[_labelled("Ag", family="silver")])


def _sources(file):
    return re.findall(r' source=("[^"]*"|\S+)', gzip.decompress(file.read_bytes()).decode())


def test_the_shipped_test_set_is_apart_from_the_training_set():
    test = _sources(shipped_labels())
    train = _sources(shipped_labels().with_name("train.extxyz.gz"))
    assert (len(test), len(train)) == (272, 1587)
    assert not set(test) & set(train)


def test_the_shipped_test_set_is_labelled():
    test = read_labels(shipped_labels())
    assert len(test) == 272
    elements = {symbol for atoms in test for symbol in atoms.get_chemical_symbols()}
    assert elements == {"Li", "Al", "S", "O", "C", "H", "N", "F", "P"}
    assert all(atoms.calc is None for atoms in test)
    assert max(np.abs(atoms.arrays["REF_forces"]).max() for atoms in test) < 40
