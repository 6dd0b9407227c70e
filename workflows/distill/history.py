"""What mace-torch's trainer writes about its epochs, read while it is still writing."""

import json
import math
from pathlib import Path
from typing import Any

from ase.units import GPa
from pydantic import BaseModel, ConfigDict, Field

from lithicoat.workflows.errors import RunError

__all__ = ["EpochErrors", "History"]


class EpochErrors(BaseModel):
    """Errors on the validation set after some epochs."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    epoch: int = Field(ge=0, description="Finished epochs; 0 before training.")
    loss: float = Field(description="Loss, weighted as in training, no unit.")
    energy_mae_eV_atom: float = Field(ge=0, description="MAE of the energy, eV/atom.")
    forces_mae_eV_A: float = Field(ge=0, description="MAE of the force components, eV/Å.")
    stress_mae_GPa: float | None = Field(
        None, ge=0, description="MAE over the 3×3 stress components, GPa; None without stresses."
    )

    @property
    def summary(self) -> str:
        """The errors in a few words."""
        forces, energy = self.forces_mae_eV_A * 1e3, self.energy_mae_eV_atom * 1e3
        return f"forces {forces:.0f} meV/Å, energy {energy:.0f} meV/atom"


class History:
    """Follows the results file of the trainer.

    Parameters
    ----------
    file : Path
        One JSON object a line, appended by each start of the trainer; need not exist yet.
    batches : int
        Batches in an epoch.
    """

    def __init__(self, file: Path, *, batches: int) -> None:
        self._file, self._batches = file, batches
        self._offset, self._epoch, self._seen = 0, 0, 0
        self._errors: dict[int, EpochErrors] = {}

    @property
    def errors(self) -> tuple[EpochErrors, ...]:
        """The errors, in the order of the epochs; an epoch that was trained twice counts once."""
        return tuple(self._errors[epoch] for epoch in sorted(self._errors))

    @property
    def epochs(self) -> float:
        """Finished epochs, with the finished part of the running one."""
        return self._epoch + min(1.0, self._seen / self._batches)

    def update(self) -> bool:
        """Read what was appended since the last time; tell whether there was anything.

        Raises
        ------
        RunError
            If the loss is no longer a number.
        """
        if not self._file.is_file():
            return False
        with self._file.open("rb") as stream:
            stream.seek(self._offset)
            new = stream.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            self._take(json.loads(line))
        return bool(whole)

    def _take(self, entry: dict[str, Any]) -> None:
        epoch = entry["epoch"]
        if entry["mode"] == "opt":
            self._seen = self._seen + 1 if epoch == self._epoch else 1
            self._epoch = epoch
            return
        if epoch is None:
            self._seen = 0
            if self._errors:
                return
        finished = 0 if epoch is None else epoch + 1
        if not all(math.isfinite(entry[name]) for name in ("loss", "mae_e_per_atom", "mae_f")):
            raise RunError(
                f"the training has diverged: after {finished} epochs the loss is {entry['loss']:g}",
                where=str(self._file),
                hint="lower the learning rate, or look for wrong labels",
            )
        stress = entry.get("mae_stress")
        self._errors[finished] = EpochErrors(
            epoch=finished,
            loss=entry["loss"],
            energy_mae_eV_atom=entry["mae_e_per_atom"],
            forces_mae_eV_A=entry["mae_f"],
            stress_mae_GPa=stress / GPa if stress is not None and math.isfinite(stress) else None,
        )
