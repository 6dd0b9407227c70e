"""The jobs of reactive dynamics and of protection: which potential, and nothing that is not needed."""

from jobflow import OutputReference

from lithicoat.workflows.oxygen.wiring import crossing_job, laid_on_cathode, protection_job, reacting_job
from lithicoat.workflows.potentials.registry import resolve
from lithicoat.workflows.protocols import Preset, preset

QUICK = preset(Preset.QUICK)


class Relaxed:
    """Stands for the relaxation of a film's cell."""

    name = "relax"
    output = OutputReference("some-uuid")


def test_reactive_dynamics_are_those_of_the_protocol():
    mace = resolve("mace-lithicoat-1")
    job = reacting_job(Relaxed(), mace, protocol=QUICK, seed=7)
    assert job.function_args[1:] == (mace, 7)
    assert job.function.__self__.spec == QUICK.uptake
    assert job.function.__self__.guard is not None


def test_what_touches_the_cathode_is_by_the_potential_that_covers_both():
    mace, chgnet = resolve("mace-lithicoat-1"), resolve("chgnet")
    before, laid, by = laid_on_cathode([Relaxed()], {"Li", "S"}, mace, protocol=QUICK, seed=0)
    assert by == chgnet
    names = [step.name for step in before]
    assert names == ["NMC811@0.25(104) by chgnet", "relax with chgnet", "adhesion to NMC811@0.25(104)"]
    assert before[-1] is laid
    for job in (protection_job(laid, by, protocol=QUICK), crossing_job(laid, by, protocol=QUICK, seed=7)):
        assert job.function_args[:2] == (laid.output.interface, chgnet)
