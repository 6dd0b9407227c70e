"""What a guard says of an interface reaches the document, and only the guard that was meant."""

import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials import calculators, judging
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.judging import guard_hash, outside
from lithicoat.workflows.potentials.registry import list_potentials, register, resolve


class Verdict:
    def sentence(self, potential, label):
        return f"outside the training of {potential}: {label}"


class Guard:
    content_hash = "guard-1"

    def judge(self, frames, symbols):
        assert len(frames[0]) == len(symbols)
        return Verdict()


@pytest.fixture
def emt():
    ref = register("test-emt", EMT, elements=["Cu"])
    yield ref
    potentials._registered.pop("test-emt")
    calculators._loaded.pop(ref.sha256, None)


@pytest.fixture
def guarded(monkeypatch):
    monkeypatch.setattr(judging, "guard_of", lambda _ref: Guard())
    monkeypatch.setattr(judging, "descriptors", lambda _calculator, atoms: [[0.0]] * len(atoms))


@pytest.mark.usefixtures("guarded")
def test_the_guard_of_the_potential_is_asked(emt):
    said = outside(bulk("Cu"), "Cu on Cu", emt, guard=guard_hash(emt))
    assert said == "outside the training of test-emt: Cu on Cu"


def test_without_a_guard_nothing_is_said(emt):
    assert guard_hash(emt) is None
    assert outside(bulk("Cu"), "Cu on Cu", emt, guard=None) is None


@pytest.mark.usefixtures("guarded")
def test_another_guard_is_another_computation(emt):
    with pytest.raises(RunError, match="the guard of test-emt is not the one this step was made for"):
        outside(bulk("Cu"), "Cu on Cu", emt, guard="guard-0")


def test_the_shipped_potential_has_a_guard():
    assert "mace-lithicoat-1" in {entry.id for entry in list_potentials()}
    assert guard_hash(resolve("mace-lithicoat-1"))
