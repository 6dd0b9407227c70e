"""Figures of results as files: what `--figures DIR` writes.

Every figure is written as PDF, for a manuscript, and as SVG, for a page; both keep their text as text.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # matplotlib loads only when a figure is drawn
    from matplotlib.figure import Figure

    from lithicoat.analysis.figures.adhesion import AdhesionBar
    from lithicoat.analysis.figures.barriers import EnergyProfile
    from lithicoat.analysis.figures.rdf import Curve
    from lithicoat.analysis.figures.stress_strain import StressStrain
    from lithicoat.analysis.figures.windows import PublishedWindow, WindowBar
    from lithicoat.analysis.films.records import ShellStatistics
    from lithicoat.analysis.oxygen.uptake import UptakeCurve
    from lithicoat.analysis.transport.arrhenius import ArrheniusResult
    from lithicoat.analysis.transport.density_map import DensityMap
    from lithicoat.analysis.transport.records import TemperatureResult
    from lithicoat.workflows.adhesion.documents import AdhesionDocument
    from lithicoat.workflows.commands.single import Task
    from lithicoat.workflows.oxygen.scavenging import ScavengingDocument
    from lithicoat.workflows.stability.documents import CathodeContactDocument, StabilityDocument

__all__ = [
    "DiffusionRun",
    "about",
    "adhesion_figures",
    "barrier_figures",
    "computed_with",
    "density_figures",
    "diffusion_figures",
    "elastic_figures",
    "film_figures",
    "scavenging_figures",
    "stability_figures",
    "uptake_figures",
    "window_figures",
    "write_files",
]

FORMATS = ("pdf", "svg")
BULK = " bulk"
"""Ends the name of an offer that is not the surface's."""


class DiffusionRun(Protocol):
    """A run at one temperature: whatever holds a result for each element that was followed."""

    @property
    def results(self) -> "Mapping[str, TemperatureResult]":
        """Results by element."""


def diffusion_figures(
    documents: Iterable[DiffusionRun],
    directory: Path,
    *,
    name: str,
    arrhenius: "Mapping[str, ArrheniusResult] | None" = None,
    caption: str = "",
) -> list[Path]:
    """Draw the mean squared displacements of each element, and the Arrhenius plot of several temperatures.

    Parameters
    ----------
    documents : iterable of DiffusionRun
        The runs.
    directory : Path
        Where the files go.
    name : str
        What diffuses in; the files begin with it.
    arrhenius : mapping of str to ArrheniusResult, optional
        Fits by element; without them the plot shows points alone.
    caption : str
        Potential and protocol.

    Returns
    -------
    list of Path
        The files; none where there is nothing to draw.
    """
    from lithicoat.analysis.figures.arrhenius import arrhenius_figure
    from lithicoat.analysis.figures.msd import msd_figure

    by_element: dict[str, list[TemperatureResult]] = {}
    for document in documents:
        for element, result in document.results.items():
            by_element.setdefault(element, []).append(result)
    files = []
    for element, results in by_element.items():
        drawn = [result for result in results if result.msd is not None]
        if drawn:
            figure = msd_figure(drawn, caption=about(name, caption))
            files += write_files(figure, directory, f"{name}-msd-{element}")
    known = [run for runs in by_element.values() for run in runs if run.diffusivity.value is not None]
    if len({run.temperature_K for run in known}) > 1:
        figure = arrhenius_figure(by_element, arrhenius or {}, caption=about(name, caption))
        files += write_files(figure, directory, f"{name}-arrhenius")
    return files


def elastic_figures(
    tensor_GPa: Sequence[Sequence[float]],
    directory: Path,
    *,
    name: str,
    stress_strain: "Sequence[StressStrain]" = (),
    caption: str = "",
) -> list[Path]:
    """Draw Young's modulus and the shear modulus against direction, and the measured stresses.

    Parameters
    ----------
    tensor_GPa : 6×6 sequence
        Elastic tensor in Voigt notation, GPa.
    directory : Path
        Where the files go.
    name : str
        What is strained; the files begin with it.
    stress_strain : sequence of StressStrain
        Measured stresses: `thermal_series` of shears at a temperature, or `tensor_series` at 0 K.
    caption : str
        Potential and protocol.

    Returns
    -------
    list of Path
        The files. A tensor that is not Born-stable has no surfaces: none are drawn.
    """
    from lithicoat.analysis.figures.anisotropy import Modulus, anisotropy_figure
    from lithicoat.analysis.figures.stress_strain import stress_strain_figure
    from lithicoat.analysis.mechanics.elastic_tensor import voigt_reuss_hill

    files = []
    if voigt_reuss_hill(tensor_GPa).born_stable:
        for modulus in Modulus:
            figure = anisotropy_figure(tensor_GPa, modulus=modulus, caption=about(name, caption))
            files += write_files(figure, directory, f"{name}-{modulus.value}")
    if stress_strain:
        files += write_files(
            stress_strain_figure(stress_strain, caption=about(name, caption)),
            directory,
            f"{name}-stress-strain",
        )
    return files


def film_figures(
    rdfs: "Sequence[Curve]",
    directory: Path,
    *,
    name: str,
    shells: "Sequence[ShellStatistics]" = (),
    caption: str = "",
) -> list[Path]:
    """Draw the radial distribution functions of a film, with its first coordination numbers.

    Parameters
    ----------
    rdfs : sequence
        Functions, one per pair of elements; each with `center`, `neighbor`, `radii_A`, `g`,
        `standard_error`.
    directory : Path
        Where the files go.
    name : str
        The film; the files begin with its name.
    shells : sequence of ShellStatistics
        First coordination shells.
    caption : str
        Potential and protocol.
    """
    from lithicoat.analysis.figures.rdf import rdf_figure

    if not rdfs:
        return []
    return write_files(
        rdf_figure(rdfs, shells=shells, caption=about(name, caption)), directory, f"{name}-rdf"
    )


def barrier_figures(
    profiles: "Sequence[EnergyProfile]", directory: Path, *, name: str, caption: str = ""
) -> list[Path]:
    """Draw the energies along migration paths; no profiles, no file."""
    from lithicoat.analysis.figures.barriers import barrier_figure

    if not profiles:
        return []
    return write_files(barrier_figure(profiles, caption=about(name, caption)), directory, f"{name}-barriers")


def density_figures(density: "DensityMap", directory: Path, *, name: str, caption: str = "") -> list[Path]:
    """Draw where the mobile ions are, and write their density on its grid (.cube, ions per bohr³).

    Parameters
    ----------
    density : DensityMap
        Density and framework (`density_map`).
    directory : Path
        Where the files go.
    name : str
        What diffuses in; the files begin with it.
    caption : str
        Potential and protocol.
    """
    from lithicoat.analysis.figures.density import density_figure

    stem = f"{name}-density-{density.species}"
    files = write_files(density_figure(density, caption=about(name, caption)), directory, stem)
    return [*files, _write_cube(density, directory / f"{_safe(stem)}.cube")]


def window_figures(
    bars: "Sequence[WindowBar]", directory: Path, *, name: str = "windows", caption: str = ""
) -> list[Path]:
    """Draw the electrochemical windows of several films; no films, no file."""
    from lithicoat.analysis.figures.windows import window_figure

    return write_files(window_figure(bars, caption=caption), directory, name) if bars else []


def stability_figures(
    document: "StabilityDocument",
    directory: Path,
    *,
    contact: "CathodeContactDocument | None" = None,
    name: str = "",
    caption: str = "",
    published: "Sequence[PublishedWindow]" = (),
) -> list[Path]:
    """Draw the window of a film, and its reactions with lithium and the cathode.

    Parameters
    ----------
    document : StabilityDocument
        Window and reaction with lithium.
    directory : Path
        Where the files go.
    contact : CathodeContactDocument, optional
        Reactions with the cathode.
    name : str
        The film; the files begin with it. Its formula by default.
    caption : str
        Protocol, and what else is to be said; the potentials are named without it.
    published : sequence of PublishedWindow
        Windows that others found.
    """
    from lithicoat.analysis.figures.reactivity import reactivity_figure
    from lithicoat.analysis.figures.windows import WindowBar

    name, window = name or document.formula, document.window
    bar = WindowBar(
        label=name,
        low=window.low.potential,
        high=window.high.potential,
        published=published,
        metastable=window.metastable,
    )
    own = document.potential.id
    files = window_figures([bar], directory, name=f"{name}-window", caption=about(f"{name}, {own}", caption))
    contacts = [document.lithium, *(contact.contacts if contact else ())]
    by = own if contact is None or contact.potential.id == own else f"{own}, NMC811 by {contact.potential.id}"
    figure = reactivity_figure(contacts, film=name, caption=about(f"{name}, {by}", caption))
    return [*files, *write_files(figure, directory, f"{name}-reactions")]


def scavenging_figures(
    document: "ScavengingDocument", directory: Path, *, name: str = "", caption: str = ""
) -> list[Path]:
    """Draw what a film turns into as the oxygen potential rises, beside what the cathode's surface offers.

    A film that takes up no oxygen, beside a cathode of which nothing is known, has no figure.

    Parameters
    ----------
    document : ScavengingDocument
        Staircase, and the comparison with the cathode.
    directory : Path
        Where the files go.
    name : str
        The film; the files begin with it. Its formula by default.
    caption : str
        Protocol, and what else is to be said; the potentials are named without it.
    """
    from lithicoat.analysis.figures.oxygen import oxygen_figure
    from lithicoat.analysis.thermochemistry.gases import oxygen_chemical_potential_eV

    name, cathode = name or document.film, document.cathode
    offers = dict(cathode.offers) if cathode else {}
    surfaces = {label: offer for label, offer in offers.items() if not label.endswith(BULK)}
    if not document.steps and not surfaces:
        return []
    other = cathode is not None and cathode.sha256 != document.sha256
    by = f"{document.potential}, NMC811 by {cathode.potential}" if cathode and other else document.potential
    figure = oxygen_figure(
        document.steps,
        film=name,
        offers=surfaces,
        gas_potential_eV=lambda kelvin: oxygen_chemical_potential_eV(temperature_K=kelvin),
        same_onset=cathode.onset if cathode and other else None,
        caption=about(f"{name}, {by}", caption),
    )
    return write_files(figure, directory, f"{name}-oxygen")


def uptake_figures(
    curves: "Mapping[str, UptakeCurve]", directory: Path, *, name: str, caption: str = ""
) -> list[Path]:
    """Draw the oxygen taken up in reactive runs, by what is said of each; no runs, no file."""
    from lithicoat.analysis.figures.uptake import uptake_figure

    if not curves:
        return []
    return write_files(uptake_figure(curves, caption=about(name, caption)), directory, f"{name}-uptake")


def adhesion_figures(
    documents: "Iterable[AdhesionDocument | None]", directory: Path, *, name: str, caption: str = ""
) -> list[Path]:
    """Draw works of adhesion, one bar per face of an electrode; None is one that failed."""
    from lithicoat.analysis.figures.adhesion import adhesion_figure

    there = [document for document in documents if document is not None]
    if not there:
        return []
    faces = dict.fromkeys((document.electrode, document.potential.id) for document in there)
    bars = [
        _adhesion_bar([one for one in there if (one.electrode, one.potential.id) == face]) for face in faces
    ]
    potentials = ", ".join(dict.fromkeys(potential for _, potential in faces))
    figure = adhesion_figure(bars, caption=about(f"{name}, {potentials}", caption))
    return write_files(figure, directory, f"{name}-adhesion")


def _adhesion_bar(documents: "Sequence[AdhesionDocument]") -> "AdhesionBar":
    """Return the mean over the interfaces of one face."""
    from lithicoat.analysis.figures.adhesion import AdhesionBar
    from lithicoat.workflows.adhesion.properties import adhesion_property

    work = adhesion_property(documents)
    label = f"{documents[0].electrode} | {documents[0].film}"
    cohesion = documents[0].cohesion_J_m2
    return AdhesionBar(label=label, work=work, cohesion_J_m2=cohesion, flags=work.flags)


def computed_with(task: "Task") -> str:
    """Return potential and protocol for the line below a figure; a try-out protocol is said to be one."""
    trial = ", TRY-OUT PROTOCOL" if task.protocol.try_out else ""
    return f"{task.potential.id}, protocol {task.protocol.label}{trial}"


def write_files(figure: "Figure", directory: Path, stem: str) -> list[Path]:
    """Write a figure in every format, under a name that is a file name on every system."""
    from lithicoat.analysis.figures.style import write_figure

    return [
        write_figure(figure, directory / f"{_safe(stem)}.{ending}", title=f"lithicoat {stem}")
        for ending in FORMATS
    ]


def about(name: str, caption: str) -> str:
    """Return the small line below a figure: what it shows, then how that was computed."""
    return f"{name}; {caption.rstrip('.')}" if caption else name


def _safe(stem: str) -> str:
    """Return a name that is a file name on every system."""
    return "".join(letter if letter.isalnum() or letter in "-._" else "_" for letter in stem)


def _write_cube(density: "DensityMap", file: Path) -> Path:
    from ase import Atoms, units
    from ase.io.cube import write_cube

    from lithicoat.analysis.errors import DataError

    framework = Atoms(
        list(density.framework_symbols), positions=density.framework_A, cell=density.cell_A, pbc=True
    )
    comment = f"density of {density.species} per bohr^3, {density.frames} frames"
    values: Any = density.per_A3 * units.Bohr**3
    try:
        with file.open("w") as stream:
            write_cube(stream, framework, data=values, comment=comment)
    except OSError as error:
        raise DataError(
            f"the density {file} cannot be written: {error.strerror}",
            where=str(file),
            hint="choose a folder that you may write to",
        ) from error
    return file
