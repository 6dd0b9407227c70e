"""Conductivity of a crystal by its defects: how many there are is assumed, how they move is computed.

A carrier, such as a lithium vacancy, walks at random on the network of its hops. Its diffusion tensor follows
exactly; the conductivity is that of so many independent carriers.
"""

import math

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.properties import Property
from lithicoat.analysis.transport.arrhenius import LINEAR_ERROR_UP_TO, ROOM_TEMPERATURE_K
from lithicoat.analysis.transport.conductivity import nernst_einstein_factor
from lithicoat.analysis.transport.networks import HopNetwork
from lithicoat.analysis.transport.records import BOLTZMANN_eV_K

__all__ = [
    "carrier_activation_energy",
    "carrier_diffusivity",
    "carrier_tensor",
    "defect_conductivity",
    "defect_fraction",
    "energy_error_eV",
]

Array = NDArray[np.float64]

_STEP = 1e-3
"""Relative step of 1/kT in the derivative that gives an activation energy."""


def carrier_tensor(network: HopNetwork, *, temperature_K: float, attempt_THz: float) -> Array:
    """Return the diffusion tensor of one carrier that walks at random on a network.

    The carrier leaves site i for j at the rate ν exp(-(E_saddle - E_i) / kT) and is found at i with the
    probability p_i ∝ exp(-E_i / kT). With the conductances c_ij = p_i k_ij the tensor is the least of
    Σ c_ij (d_ij + χ_j - χ_i)², over the correctors χ of all sites (Kipnis and Varadhan, Commun. Math. Phys.
    104, 1 (1986); for one kind of site it is z ν d² / 6). Sites are eliminated one after the other, as in a
    network of resistors: star-mesh steps only add, multiply and divide positive numbers, so rates that
    differ by twenty decades lose no digits.

    Parameters
    ----------
    network : HopNetwork
        Sites and hops with their energies.
    temperature_K, attempt_THz : float
        Temperature in K and attempt frequency ν in THz.

    Returns
    -------
    numpy.ndarray, shape (3, 3)
        Symmetric tensor, cm²/s.

    Raises
    ------
    DataError
        If the temperature or the attempt frequency is not positive.
    """
    for name, number in (("temperature_K", temperature_K), ("attempt_THz", attempt_THz)):
        if not (math.isfinite(number) and number > 0):
            raise DataError(f"{name} must be positive, got {number}", where=name)
    inverse_kT = 1 / (BOLTZMANN_eV_K * temperature_K)
    energies = np.array(network.energies_eV)
    lowest = energies.min()
    probability = np.exp(-(energies - lowest) * inverse_kT)
    mesh = _Mesh(len(energies))
    for hop, displacement in zip(network.hops, network.displacements_A, strict=True):
        rate = attempt_THz * math.exp(-(hop.saddle_eV - lowest) * inverse_kT)
        mesh.add(hop.start, hop.end, rate / probability.sum(), displacement)
    tensor_cm2_s = mesh.tensor() * 1e-4  # 1 Å²/ps = 1e-16 cm² / 1e-12 s
    return (tensor_cm2_s + tensor_cm2_s.T) / 2


class _Mesh:
    """Conductances between sites and the mean displacements along them."""

    def __init__(self, sites: int) -> None:
        self._conductances: Array = np.zeros((sites, sites))
        self._displacements: Array = np.zeros((sites, sites, 3))
        self._settled: Array = np.zeros((3, 3))

    def add(self, start: int, end: int, conductance: float, displacement: Array) -> None:
        """Join two sites; parallel ways become one, what they differ by is settled for good."""
        if start == end:
            self._settled += conductance * np.outer(displacement, displacement)
            return
        there = self._conductances[start, end]
        total = there + conductance
        if total <= 0:
            return
        known = self._displacements[start, end].copy()
        apart = displacement - known
        self._settled += there * (conductance / total) * np.outer(apart, apart)
        mean = known + (conductance / total) * apart if there else displacement
        self._conductances[start, end] = self._conductances[end, start] = total
        self._displacements[start, end], self._displacements[end, start] = mean, -mean

    def tensor(self) -> Array:
        """Eliminate all sites and return what is settled."""
        for site in range(len(self._conductances)):
            ways = self._conductances[site].copy()
            neighbours = np.flatnonzero(ways)
            shifts = self._displacements[site].copy()
            self._conductances[site] = self._conductances[:, site] = 0.0
            total = ways.sum()
            for number, first in enumerate(neighbours):
                for second in neighbours[number + 1 :]:
                    between = ways[first] * (ways[second] / total)
                    self.add(int(first), int(second), float(between), shifts[second] - shifts[first])
        return self._settled


def carrier_diffusivity(network: HopNetwork, *, temperature_K: float, attempt_THz: float) -> float:
    """Return a third of the trace of the carrier's tensor, cm²/s: that of a polycrystal."""
    tensor = carrier_tensor(network, temperature_K=temperature_K, attempt_THz=attempt_THz)
    return float(np.trace(tensor) / 3)


def carrier_activation_energy(network: HopNetwork, *, temperature_K: float) -> float | None:
    """Return -d ln D / d(1/kT) of the carrier, eV; None if it does not get anywhere."""
    logarithms = []
    for factor in (1 - _STEP, 1 + _STEP):
        value = carrier_diffusivity(network, temperature_K=temperature_K / factor, attempt_THz=1.0)
        if value <= 0:
            return None
        logarithms.append(math.log(value))
    width = 2 * _STEP / (BOLTZMANN_eV_K * temperature_K)
    return (logarithms[0] - logarithms[1]) / width


def defect_fraction(frenkel_eV: float, *, temperature_K: float) -> float:
    """Return the vacancies per lithium site of a pure crystal: exp(-E_F / 2kT), one at most.

    Entropies of formation and the number of interstitial sites per lithium site are left out.
    """
    return min(1.0, math.exp(-frenkel_eV / (2 * BOLTZMANN_eV_K * temperature_K)))


def energy_error_eV(mae_eV: float) -> float:
    """Return the standard deviation of errors with this mean absolute value, if they are Gaussian, eV."""
    return mae_eV * math.sqrt(math.pi / 2)


def defect_conductivity(
    diffusivity_cm2_s: float,
    *,
    carriers_per_site: float,
    lithium_per_A3: float,
    temperature_K: float = ROOM_TEMPERATURE_K,
    energy_error: float | None,
    flags: tuple[str, ...],
) -> tuple[Property, Property]:
    """Return σ = n q² D / kT of independent carriers, S/cm, and its decimal logarithm.

    Parameters
    ----------
    diffusivity_cm2_s : float
        Diffusivity of one carrier, cm²/s.
    carriers_per_site : float
        Carriers per lithium site.
    lithium_per_A3 : float
        Lithium sites per volume, 1/Å³.
    temperature_K : float
        Temperature, K.
    energy_error : float or None
        Standard uncertainty of the energy in the exponent of σ, eV; None if it is not known.
    flags : tuple of str
        What was assumed.

    Returns
    -------
    tuple of Property
        The uncertainty is that of the energy alone, in decades; missing, with the reason, if the carrier does
        not get anywhere.
    """
    if diffusivity_cm2_s <= 0:
        reason = "the hops of the carrier make no endless path"
        return Property.missing("S/cm", reason), Property.missing("decades", reason)
    factor = nernst_einstein_factor(ions=1, volume_A3=1 / lithium_per_A3, temperature_K=temperature_K)
    sigma = factor * carriers_per_site * diffusivity_cm2_s
    if energy_error is None:
        unknown = (*flags, "uncertainty not known: no shipped barrier benchmark of the potential")
        return (
            Property(value=sigma, unit="S/cm", flags=unknown),
            Property(value=math.log10(sigma), unit="decades", flags=unknown),
        )
    error = energy_error / (BOLTZMANN_eV_K * temperature_K)
    decades = error / math.log(10)
    linear = sigma * error if error <= LINEAR_ERROR_UP_TO else None
    told = (*flags, f"uncertain by {decades:.2f} decades")
    return (
        Property(value=sigma, uncertainty=linear, unit="S/cm", flags=told),
        Property(value=math.log10(sigma), uncertainty=decades, unit="decades", flags=flags),
    )
