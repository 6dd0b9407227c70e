"""How well a potential reproduces labels."""

from collections.abc import Sequence

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from ase.units import GPa

from lithicoat.analysis.label_errors import LabelErrors, Labelled, compare
from lithicoat.workflows.progress import report

__all__ = ["label_errors", "labels_of", "predictions_of"]


def label_errors(
    frames: Sequence[Atoms], calculator: BaseCalculator, *, label: str = "label errors"
) -> LabelErrors:
    """Evaluate labelled frames with a calculator and compare.

    Parameters
    ----------
    frames : sequence of Atoms
        With ``REF_energy`` (eV), ``REF_forces`` (eV/Å), ``family``, ``source`` and, where there is one,
        ``REF_stress`` (eV/Å³, Voigt, ASE's sign), as `read_labels` returns them.
    calculator : ase calculator
        Energy, forces, and stress where labels have one.
    label : str
        What is evaluated, for progress.

    Returns
    -------
    LabelErrors
        Per family: MAE and RMSE of energies, forces, stresses, with bootstrap standard errors over sources.

    Raises
    ------
    DataError
        If there are no frames, or a prediction is not finite.
    """
    predictions = []
    for index, atoms in enumerate(frames):
        report(label, index, len(frames), "frames")
        predictions.append(predictions_of(atoms, calculator))
    report(label, len(frames), len(frames), "frames")
    return compare([labels_of(atoms) for atoms in frames], predictions)


def labels_of(atoms: Atoms) -> Labelled:
    """Return the labels of a frame; see :func:`label_errors`."""
    return _labelled(
        atoms,
        energy_eV=atoms.info["REF_energy"],
        forces_eV_A=atoms.arrays["REF_forces"],
        stress_eV_A3=atoms.info.get("REF_stress"),
    )


def predictions_of(atoms: Atoms, calculator: BaseCalculator) -> Labelled:
    """Return what a calculator says of a frame: energy, forces, and stress if the frame has one."""
    copy = atoms.copy()
    copy.calc = calculator
    return _labelled(
        atoms,
        energy_eV=copy.get_potential_energy(),
        forces_eV_A=copy.get_forces(),
        stress_eV_A3=copy.get_stress(voigt=True) if "REF_stress" in atoms.info else None,
    )


def _labelled(
    atoms: Atoms, *, energy_eV: float, forces_eV_A: np.ndarray, stress_eV_A3: np.ndarray | None
) -> Labelled:
    return Labelled(
        family=str(atoms.info["family"]),
        source=str(atoms.info["source"]),
        energy_eV=float(energy_eV),
        forces_eV_A=np.asarray(forces_eV_A, dtype=float),
        stress_GPa=None if stress_eV_A3 is None else np.asarray(stress_eV_A3, dtype=float) / GPa,
    )
