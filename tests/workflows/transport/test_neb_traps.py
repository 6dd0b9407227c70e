"""What can go wrong with bands in atomate2's and matcalc's makers must not go wrong here."""

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from emmet.core.neb import NebMethod, NebResult
from emmet.core.vasp.task_valid import TaskState
from jobflow import JobStore, run_locally
from maggma.stores import MemoryStore
from monty.json import MontyDecoder
from pymatgen.io.ase import AseAtomsAdaptor

from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.mechanics.relaxation import relax
from lithicoat.workflows.potentials import calculators
from lithicoat.workflows.potentials import registry as potentials
from lithicoat.workflows.potentials.registry import register
from lithicoat.workflows.protocols import BandSpec
from lithicoat.workflows.transport import bands
from lithicoat.workflows.transport.neb import BandMaker

LIMITS = {"fmax_eV_A": 0.005, "max_steps": 200, "label": "end"}
SPEC = BandSpec(images=4, end_fmax_eV_A=0.01, fmax_eV_A=0.02)


class _CountedEMT(EMT):
    made = 0

    def __init__(self):
        super().__init__()
        type(self).made += 1


@pytest.fixture
def emt():
    _CountedEMT.made = 0
    ref = register("test-emt", _CountedEMT, elements=["Al", "Cu"])
    yield ref
    potentials._registered.pop("test-emt")
    calculators._loaded.pop(ref.sha256, None)


@pytest.fixture(scope="module")
def ends():
    """A vacancy of aluminium before and after a neighbour moves into it, both relaxed."""
    atoms = bulk("Al", cubic=True) * (2, 2, 2)
    neighbour = int(atoms.get_distances(0, range(1, len(atoms)), mic=True).argmin())
    hop = atoms.get_distance(neighbour + 1, 0, mic=True, vector=True)
    del atoms[0]
    end = atoms.copy()
    end.positions[neighbour] += hop
    start = relax(atoms, EMT(), **LIMITS).atoms
    end = relax(end, EMT(), **LIMITS).atoms
    middle = atoms.copy()
    middle.positions[neighbour] += hop / 2
    energies = [relax(cell, EMT(), **LIMITS).energy_eV for cell in (atoms, middle)]
    return start, end, energies[1] - energies[0]


def _images(ends, count=4):
    start, end, _ = ends
    shares = np.linspace(0, 1, count + 2)
    images = []
    for share in shares:
        image = start.copy()
        image.positions += share * (end.positions - start.positions)
        images.append(AseAtomsAdaptor.get_structure(image))
    return images


def test_an_image_climbs_along_improved_tangents(emt, ends, monkeypatch):
    """With four images none begins on the saddle; without climbing the barrier would be too low."""
    seen = []
    real = bands.NEB

    def watched(*args, **kwargs):
        seen.append(kwargs)
        return real(*args, **kwargs)

    monkeypatch.setattr(bands, "NEB", watched)
    result = BandMaker.of(emt, spec=SPEC).run_ase(_images(ends))
    assert seen[-1]["method"] == "improvedtangent"
    assert result.neb_method is NebMethod.CLIMBING_IMAGE
    assert result.forward_barrier == pytest.approx(ends[2], abs=2e-3)
    assert max(result.energies) - result.energies[0] == pytest.approx(result.forward_barrier)


def test_one_calculator_serves_all_images(emt, ends):
    BandMaker.of(emt, spec=SPEC).run_ase(_images(ends))
    assert _CountedEMT.made == 1


def test_a_band_that_has_not_converged_is_no_result(emt, ends):
    spec = SPEC.model_copy(update={"max_steps": 1, "fmax_eV_A": 1e-4})
    with pytest.raises(RunError, match="the band did not converge in"):
        BandMaker.of(emt, spec=spec).run_ase(_images(ends))


def test_the_climbing_image_counts_in_the_convergence(ends):
    """ASE's driver of the same step leaves it out; the force on the saddle must vanish too."""
    start, end, _ = ends
    mobile = int(np.argmax(np.linalg.norm(end.positions - start.positions, axis=1)))
    band = bands.minimum_energy_path(start, end, EMT(), SPEC, mobile=mobile, label="hop")
    saddle = band.images[band.top].copy()
    saddle.calc = EMT()
    assert np.linalg.norm(saddle.get_forces(), axis=1).max() <= SPEC.fmax_eV_A + 1e-9


def test_ends_that_are_no_minima_are_refused(emt, ends):
    images = _images(ends)
    images[0].perturb(0.05)
    with pytest.raises(RunError, match="the first image is no minimum"):
        BandMaker.of(emt, spec=SPEC).run_ase(images)
    images = _images(ends)
    images[-1].perturb(0.05)
    with pytest.raises(RunError, match="the last image is no minimum"):
        BandMaker.of(emt, spec=SPEC).run_ase(images)
    with pytest.raises(UsageError, match="a band of 2 images has nothing between its ends"):
        BandMaker.of(emt, spec=SPEC).run_ase(images[:2])


def test_the_images_that_were_given_stay_as_they_are(emt, ends):
    images = _images(ends)
    before = [image.cart_coords.copy() for image in images]
    result = BandMaker.of(emt, spec=SPEC).run_ase(images)
    for image, kept, started in zip(images, before, result.initial_images, strict=True):
        np.testing.assert_array_equal(image.cart_coords, kept)
        np.testing.assert_allclose(started.cart_coords, kept)


def test_the_job_has_a_schema_and_asks_for_no_odd_store(emt, ends):
    job = BandMaker.of(emt, spec=SPEC).make(_images(ends))
    assert job.output_schema is NebResult
    with pytest.raises(AttributeError):
        _ = job.output.no_such_field
    assert not job._kwargs


def test_it_runs_in_a_flow_and_travels_as_json(emt, ends):
    maker = MontyDecoder().process_decoded(BandMaker.of(emt, spec=SPEC).as_dict())
    job = maker.make(_images(ends))
    answers = run_locally(job, store=JobStore(MemoryStore()), ensure_success=True, log=False)
    result = NebResult.model_validate(answers[job.uuid][1].output)
    assert result.state is TaskState.SUCCESS
    assert result.forward_barrier == pytest.approx(ends[2], abs=2e-3)
