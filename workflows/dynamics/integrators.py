"""Integrators with no memory but the state of the atoms and of the random generator, so that they restart.

Both cost one evaluation of the forces per step.
"""

import math

import numpy as np
from ase import Atoms, units
from ase.md.bussi import Bussi
from numpy.typing import NDArray

from lithicoat.workflows.dynamics.stages import Barostat

__all__ = ["CanonicalVerlet", "IsobaricVerlet", "draw_momenta", "pressure_GPa", "temperature_K"]

Array = NDArray[np.float64]

LARGEST_GROWTH = 0.03
"""Largest relative change of volume by pressure in one step; packed cells begin at tens of GPa."""


def temperature_K(atoms: Atoms) -> float:
    """Kinetic temperature of a cell whose centre of mass is at rest (3N - 3 degrees of freedom), in K."""
    return float(2 * atoms.get_kinetic_energy() / ((3 * len(atoms) - 3) * units.kB))


def pressure_GPa(atoms: Atoms) -> float:
    """Pressure from stress and momenta in GPa, positive under compression.

    The momenta count as N/(N - 1) of theirs: at rest, the centre of mass brings no ideal-gas pressure.
    """
    return _pressure(atoms) / units.GPa


def _pressure(atoms: Atoms) -> float:
    virial = -float(atoms.get_stress(voigt=True)[:3].mean())
    share = len(atoms) / (len(atoms) - 1)
    return virial + share * 2 * float(atoms.get_kinetic_energy()) / (3 * float(atoms.get_volume()))


def draw_momenta(atoms: Atoms, *, temperature_K: float, rng: np.random.Generator) -> None:
    """Give the atoms Maxwell–Boltzmann momenta with zero total momentum, in place.

    Parameters
    ----------
    atoms : Atoms
        The atoms; their momenta are overwritten.
    temperature_K : float
        Temperature in K. A cell that starts at rest in a minimum passes half of this kinetic energy on to
        its vibrations within about 0.1 ps; the thermostat gives it back.
    rng : numpy.random.Generator
        Source of the draw.
    """
    masses = atoms.get_masses()[:, None]
    atoms.set_momenta(rng.standard_normal((len(atoms), 3)) * np.sqrt(masses * units.kB * temperature_K))
    _stop_drift(atoms)


def _stop_drift(atoms: Atoms) -> None:
    masses, momenta = atoms.get_masses()[:, None], atoms.get_momenta()
    atoms.set_momenta(momenta - masses * (momenta.sum(axis=0) / masses.sum()))


class CanonicalVerlet(Bussi):
    """Velocity Verlet with stochastic velocity rescaling, for a centre of mass at rest.

    ASE's class counts 3N degrees of freedom; with the centre of mass at rest there are 3N - 3, and a cell of
    32 atoms would be 3 % too hot. The thermostat scales all velocities by one factor, so that it does not
    bias diffusion (Bussi, Donadio, Parrinello, J. Chem. Phys. 126, 014101 (2007), eq. A7).

    Parameters
    ----------
    atoms : Atoms
        Atoms with momenta and calculator; moved in place.
    timestep_fs : float
        Time step in fs.
    temperature_K : float
        Target temperature in K.
    thermostat_ps : float
        Coupling time in ps.
    rng : numpy.random.Generator
        Source of the noise; its state belongs to the checkpoint.
    """

    def __init__(
        self,
        atoms: Atoms,
        *,
        timestep_fs: float,
        temperature_K: float,
        thermostat_ps: float,
        rng: np.random.Generator,
    ) -> None:
        super().__init__(atoms, timestep_fs * units.fs, temperature_K, thermostat_ps * 1000 * units.fs, rng)
        self.ndof = 3 * len(atoms) - 3
        self.aim(temperature_K)

    def aim(self, temperature_K: float) -> None:
        """Set the target temperature, in K."""
        self.temp = temperature_K * units.kB
        self.target_kinetic_energy = 0.5 * self.temp * self.ndof

    def step(self, forces: Array | None = None) -> Array:
        """Advance by one time step and return the forces (eV/Å, shape (atoms, 3)) at its end."""
        forces = super().step(forces)
        _stop_drift(self.atoms)  # float32 potentials do not quite conserve momentum
        return forces


class IsobaricVerlet(CanonicalVerlet):
    """The same at constant isotropic pressure, by stochastic cell rescaling.

    The volume follows d ln V = (β/τ)(P - P₀) dt + sqrt(2 kT β / (V τ)) dW, positions scale with the cell,
    momenta inversely (Bernetti and Bussi, J. Chem. Phys. 153, 114107 (2020), isotropic form). It has no
    variables of its own, unlike Nosé–Hoover barostats, and right fluctuations, unlike Berendsen's. The cell
    is rescaled between the drift and the one force evaluation of the step.

    Parameters
    ----------
    barostat : Barostat
        Rate of the coupling.
    pressure_GPa : float
        Target pressure in GPa.
    **thermal
        As for :class:`CanonicalVerlet`.
    """

    def __init__(
        self,
        atoms: Atoms,
        *,
        barostat: Barostat,
        pressure_GPa: float,
        timestep_fs: float,
        temperature_K: float,
        thermostat_ps: float,
        rng: np.random.Generator,
    ) -> None:
        super().__init__(
            atoms,
            timestep_fs=timestep_fs,
            temperature_K=temperature_K,
            thermostat_ps=thermostat_ps,
            rng=rng,
        )
        compressibility = barostat.compressibility_per_GPa / units.GPa
        self._mobility = compressibility * self.dt / (barostat.relaxation_ps * 1000 * units.fs)
        self.press(pressure_GPa)

    def press(self, pressure_GPa: float) -> None:
        """Set the target pressure, in GPa."""
        self._target_pressure = pressure_GPa * units.GPa

    def step(self, forces: Array | None = None) -> Array:
        """Advance by one time step and return the forces (eV/Å, shape (atoms, 3)) at its end."""
        atoms = self.atoms
        if forces is None:
            forces = atoms.get_forces(md=True)
        growth = self._growth()
        self.scale_velocities()
        scale = math.exp(growth / 3)
        momenta = atoms.get_momenta() + 0.5 * self.dt * forces
        positions = (atoms.get_positions() + self.dt * momenta / self._masses) * scale
        atoms.set_cell(atoms.cell.array * scale, scale_atoms=False)
        atoms.set_positions(positions)
        new_forces: Array = atoms.get_forces(md=True)
        atoms.set_momenta(momenta / scale + 0.5 * self.dt * new_forces)
        _stop_drift(atoms)
        return new_forces

    def _growth(self) -> float:
        """Change of ln V in this step."""
        atoms = self.atoms
        drift = self._mobility * (_pressure(atoms) - self._target_pressure)
        spread = math.sqrt(2 * self.temp * self._mobility / atoms.get_volume())
        held_back = min(max(drift, -LARGEST_GROWTH), LARGEST_GROWTH)
        return held_back + spread * float(self.rng.standard_normal())
