"""The elastic calibrations that ship with the registry."""

from importlib import resources

from lithicoat.analysis.mechanics.calibration import Calibration
from lithicoat.workflows.potentials.registry import PotentialRef, info

__all__ = ["calibration_of"]


def calibration_of(potential: PotentialRef) -> Calibration | None:
    """Return the calibration of a potential's shear moduli; None if it has none or its weights are others."""
    name = info(potential).calibration
    if name is None:
        return None
    text = resources.files("lithicoat.workflows").joinpath(f"data/calibrations/{name}").read_text("utf-8")
    calibration = Calibration.model_validate_json(text)
    return calibration if calibration.sha256 == potential.sha256 else None
