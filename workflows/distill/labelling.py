"""Labels from any potential of the registry: single points, appended frame by frame."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jobflow import Maker
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.distill.frames import FrameFile, open_frames
from lithicoat.workflows.distill.labels import FORCES, LabelFile, LabelKeys, read_labels, write_labels
from lithicoat.workflows.distill.teacher_worker import label
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.calculators import calculator
from lithicoat.workflows.potentials.registry import PotentialRef, check_elements
from lithicoat.workflows.progress import report
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.steps import science_job, step_directory

__all__ = ["LabelDocument", "LabelMaker", "finished"]


class LabelDocument(BaseModel):
    """A file of new labels, and who made them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: LabelFile
    labeller: str = Field(description="Potential, teacher or method of the labels.")
    identity: str = Field(description="sha256 of what decides its numbers.")
    versions: dict[str, str] = Field(description="Versions of the packages that computed.")
    weights: dict[str, str] = Field(default_factory=dict, description="sha256 of files of weights, by name.")
    dropped: int = Field(0, ge=0, description="Frames left out for their forces.")
    flags: tuple[str, ...] = Field((), description="Caveats a reader must see.")


@dataclass
class LabelMaker(Maker):
    """Label configurations with a potential of the registry.

    Parameters
    ----------
    max_force_eV_A : float or None
        Frames with a larger force on an atom are dropped: no potential is to be believed there.
    name : str
        Name of the job.
    """

    max_force_eV_A: float | None = 40.0
    name: str = "label"

    @science_job(LabelDocument, version="1")
    def make(self, configurations: FrameFile, potential: PotentialRef) -> LabelDocument:
        """Label; frames that were labelled before a kill are not computed again.

        The atoms stay where they are: atomate2's static force-field job takes one step of a relaxation.

        Raises
        ------
        PotentialError
            If the potential does not cover an element.
        RunError
            If all frames had to be dropped.
        """
        check_elements(potential, configurations.elements, where=configurations.path)
        frames = open_frames(configurations)
        partial = step_directory() / "partial.extxyz"

        def tell(done: int, total: int) -> None:
            report(f"labels by {potential.id}", done, total, "frames")

        label(frames, calculator(potential), partial, tell)
        return finished(
            partial,
            expected=len(frames),
            labeller=potential.id,
            identity=potential.sha256,
            versions=provenance(potential, None, None).versions,
            weights={},
            max_force_eV_A=self.max_force_eV_A,
        )


def finished(
    partial: Path,
    *,
    expected: int,
    labeller: str,
    identity: str,
    versions: Mapping[str, str],
    weights: Mapping[str, str],
    max_force_eV_A: float | None,
) -> LabelDocument:
    """Check a complete file of labels, drop frames beyond belief, and write it as the step's result.

    Parameters
    ----------
    partial : Path
        Extended XYZ with REF_energy, REF_forces, REF_stress; replaced by ``labels.extxyz`` beside it.
    expected : int
        Configurations that were to be labelled.
    labeller, identity, versions, weights
        See :class:`LabelDocument`.
    max_force_eV_A : float or None
        Largest force of a frame that is kept.

    Raises
    ------
    LabelError
        If the labels are broken.
    RunError
        If labels are missing, or all frames had to be dropped.
    """
    frames = read_labels(partial, keys=LabelKeys(trusted=True))
    if len(frames) != expected:
        raise RunError(
            f"{labeller} labelled {len(frames)} of {expected} configurations", where=str(partial.parent)
        )
    largest = [float(np.linalg.norm(atoms.arrays[FORCES], axis=1).max()) for atoms in frames]
    limit = np.inf if max_force_eV_A is None else max_force_eV_A
    kept = [atoms for atoms, force in zip(frames, largest, strict=True) if force <= limit]
    if not kept:
        raise RunError(
            f"all {expected} configurations have forces above {limit:g} eV/Å "
            f"(the smallest is {min(largest):.0f})",
            where=str(partial.parent),
            hint="displace the atoms less, or raise max_force_eV_A",
        )
    dropped = expected - len(kept)
    file = write_labels(partial.with_name("labels.extxyz"), kept)
    partial.unlink()
    flags = (f"{dropped} of {expected} frames dropped: forces above {limit:g} eV/Å",) if dropped else ()
    return LabelDocument(
        file=file,
        labeller=labeller,
        identity=identity,
        versions=dict(versions),
        weights=dict(weights),
        dropped=dropped,
        flags=flags,
    )
