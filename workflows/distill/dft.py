"""Labels from DFT: VASP static calculations of atomate2, one step per configuration."""

import contextlib
import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.units import GPa
from jobflow import CURRENT_JOB, Flow, Job, Maker, OnMissing, Response
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.structures.model import Model, ModelKind
from lithicoat.workflows.distill.frames import FrameFile, open_frames
from lithicoat.workflows.distill.labelling import LabelDocument
from lithicoat.workflows.distill.labels import ENERGY, FORCES, STRESS, write_labels
from lithicoat.workflows.errors import RunError, UsageError
from lithicoat.workflows.provenance import provenance
from lithicoat.workflows.steps import science_job, step_directory, step_key

__all__ = [
    "DftLabelMaker",
    "DftPoint",
    "DftPointMaker",
    "DftSet",
    "DftSpec",
    "check_vasp",
    "gather_points",
    "point_of_task",
]

KBAR = 0.1 * GPa
"""One kbar in eV/Å³."""

Vector = tuple[float, float, float]


class DftSet(Enum):
    """Input set of the static calculation."""

    MP_GGA = "mp_gga"
    """That of the Materials Project, PBE(+U): of one kind with MPtrj and the potentials trained on it."""
    ATOMATE2 = "atomate2"
    """atomate2's own, PBEsol."""


class DftSpec(BaseModel):
    """How VASP computes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input_set: DftSet = DftSet.MP_GGA
    incar: dict[str, str | int | float | bool] = Field(
        default_factory=dict, description="INCAR settings that differ from those of the set."
    )

    def static_maker(self) -> Any:
        """Return atomate2's Maker of one static calculation."""
        if self.input_set is DftSet.MP_GGA:
            from atomate2.vasp.jobs.mp import MPGGAStaticMaker

            maker: Any = MPGGAStaticMaker()
        else:
            from atomate2.vasp.jobs.core import StaticMaker

            maker = StaticMaker()
        maker.input_set_generator.user_incar_settings = {
            **(maker.input_set_generator.user_incar_settings or {}),
            "NSW": 0,
            "ISIF": 2,
            **self.incar,
        }
        return maker


class DftPoint(BaseModel):
    """Energy, forces and stress of one configuration, in the units of labels."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    symbols: tuple[str, ...] = Field(description="Chemical symbols, in the order of VASP.")
    positions_A: tuple[Vector, ...] = Field(description="Cartesian positions, Å.")
    cell_A: tuple[Vector, ...] = Field(description="Lattice vectors as rows, Å.")
    energy_eV: float = Field(description="Total energy without entropy (σ → 0), eV.")
    forces_eV_A: tuple[Vector, ...] = Field(description="Forces, eV/Å.")
    stress_eV_A3: tuple[float, float, float, float, float, float] | None = Field(
        None, description="Stress, Voigt xx yy zz yz xz xy, positive under tension, eV/Å³."
    )
    story: dict[str, str] = Field(default_factory=dict, description="Family, source and note of the frame.")
    directory: str = Field("", description="Where VASP ran.")

    @property
    def atoms(self) -> Atoms:
        """The configuration as labels hold it."""
        atoms = Atoms(list(self.symbols), positions=self.positions_A, cell=self.cell_A, pbc=True)
        atoms.info = {**self.story, ENERGY: self.energy_eV}
        atoms.arrays[FORCES] = np.array(self.forces_eV_A)
        if self.stress_eV_A3 is not None:
            atoms.info[STRESS] = np.array(self.stress_eV_A3)
        return atoms


@dataclass
class DftPointMaker(Maker):
    """Compute one configuration with VASP, in the step's own directory.

    Parameters
    ----------
    spec : DftSpec
        Input set.
    name : str
        Name of the job.
    """

    spec: DftSpec
    name: str = "dft"

    @science_job(DftPoint, version="1")
    def make(self, model: Model, story: dict[str, str]) -> DftPoint:
        """Compute energy, forces and stress.

        Raises
        ------
        UsageError
            If VASP is not configured here.
        RunError
            If VASP did not finish.
        """
        from pymatgen.io.ase import AseAtomsAdaptor

        check_vasp()
        maker = self.spec.static_maker()
        with contextlib.chdir(step_directory()):
            response = type(maker).make.original(maker, AseAtomsAdaptor.get_structure(model.atoms))
            return point_of_task(response.output, story=story, directory=str(Path.cwd()))


@dataclass
class DftLabelMaker(Maker):
    """Label a file of configurations with VASP: one step each, and one that gathers.

    Parameters
    ----------
    spec : DftSpec
        Input set.
    name : str
        Name of the job.
    """

    spec: DftSpec
    name: str = "label"

    @science_job(LabelDocument, version=None)
    def make(self, configurations: FrameFile) -> Response[Any]:
        """Replace this job by the calculations; those that are finished are not computed again."""
        jobs: list[Job] = []
        for number, atoms in enumerate(open_frames(configurations), start=1):
            name = str(atoms.info.get("source", f"frame {number}"))
            model = Model.from_atoms(atoms, name=name, kind=ModelKind.CRYSTAL)
            story = {key: str(atoms.info[key]) for key in ("family", "source", "note") if key in atoms.info}
            jobs.append(DftPointMaker(self.spec, name=f"dft {number} {name}").make(model, story))
        last = gather_points([job.output for job in jobs], self.spec)
        # The gathering job takes this one's place: jobflow cannot hand on a whole document with a schema.
        current = CURRENT_JOB.job
        last.set_uuid(current.uuid)
        last.index, last.metadata = current.index + 1, dict(current.metadata)
        return Response(replace=Flow([*jobs, last]))


@science_job(LabelDocument, version="1", on_missing=OnMissing.NONE)
def gather_points(points: list[DftPoint | None], spec: DftSpec) -> LabelDocument:
    """Write the results of all calculations into one file of labels; None stands for one that failed.

    Raises
    ------
    RunError
        If all calculations failed.
    """
    found = [point for point in points if point is not None]
    failed = len(points) - len(found)
    if not found:
        raise RunError(
            f"all {failed} DFT calculations failed", hint="each has left its reason in the database"
        )
    return LabelDocument(
        file=write_labels(step_directory() / "labels.extxyz", [point.atoms for point in found]),
        labeller=f"VASP, {spec.input_set.value}",
        identity=step_key("dft", "1", {"spec": spec}),
        versions=provenance(None, None, None).versions,
        dropped=failed,
        flags=(f"{failed} of {len(points)} DFT calculations failed",) if failed else (),
    )


def point_of_task(task: Any, *, story: Mapping[str, str], directory: str = "") -> DftPoint:
    """Turn the document of a VASP task into labels.

    Parameters
    ----------
    task : emmet.core.tasks.TaskDoc
        Its ``output`` gives the energy in eV, forces in eV/Å, and the stress in kbar with VASP's sign:
        positive where the cell pushes outwards. Labels have ASE's: positive under tension.
    story : mapping of str to str
        Family, source and note.
    directory : str
        Where VASP ran.

    Returns
    -------
    DftPoint
        With the atoms in VASP's order, which is not that of the input.

    Raises
    ------
    RunError
        If the calculation did not finish, or lacks energy or forces.
    """
    state = getattr(task.state, "value", task.state)
    output = task.output
    if state != "successful":
        raise RunError(f"VASP did not finish: the task is {state}", where=directory)
    if output is None or output.energy is None or output.forces is None or output.structure is None:
        raise RunError("the VASP task has no energy or no forces", where=directory)
    structure = output.structure
    stress = None
    if output.stress is not None:
        full = -KBAR * np.array(output.stress, dtype=float)
        stress = tuple(float(full[i, j]) for i, j in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)))
    return DftPoint(
        symbols=tuple(str(site.specie.symbol) for site in structure),
        positions_A=structure.cart_coords.tolist(),
        cell_A=structure.lattice.matrix.tolist(),
        energy_eV=float(output.energy),
        forces_eV_A=np.array(output.forces, dtype=float).tolist(),
        stress_eV_A3=stress,
        story=dict(story),
        directory=directory,
    )


def check_vasp(
    environment: Mapping[str, str] | None = None, *, command: str | None = None, potcars: str | None = None
) -> None:
    """Make sure that VASP can run here.

    Parameters
    ----------
    environment : mapping of str to str, optional
        Environment in whose PATH the command is looked for; this process's by default.
    command, potcars : str, optional
        Command of VASP and directory of the POTCARs; atomate2's and pymatgen's settings by default.

    Raises
    ------
    UsageError
        Naming the setting that is missing.
    """
    if command is None:
        from atomate2 import SETTINGS

        command = str(SETTINGS.VASP_CMD)
    if potcars is None:
        from pymatgen.core import SETTINGS as PYMATGEN

        potcars = str(PYMATGEN.get("PMG_VASP_PSP_DIR") or "")
    path = dict(os.environ if environment is None else environment).get("PATH", "")
    words = shlex.split(os.path.expandvars(command))
    missing = [word for word in _programs(words) if shutil.which(word, path=path) is None]
    if not words or missing:
        raise UsageError(
            f"VASP cannot run here: {missing[0] if missing else 'its command'} is not found",
            where="VASP_CMD",
            hint="set ATOMATE2_VASP_CMD, such as 'mpirun -n 16 vasp_std', or label with a potential",
        )
    if not potcars or not Path(potcars).expanduser().is_dir():
        what = f"{potcars} is no directory" if potcars else "no directory of POTCARs is set"
        raise UsageError(
            f"VASP cannot run here: {what}",
            where="PMG_VASP_PSP_DIR",
            hint="pmg config --add PMG_VASP_PSP_DIR /path/to/potcars",
        )


def _programs(words: Sequence[str]) -> list[str]:
    """Return the launcher and, behind it, VASP itself."""
    return [*words[:1], *(word for word in words[1:] if Path(word).name.startswith("vasp"))]
