"""A model card as Markdown: tables with units, plain sentences."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lithicoat.analysis.label_errors import Estimate, FamilyErrors, LabelErrors
from lithicoat.workflows.benchmarks.results import Subject, parsed

if TYPE_CHECKING:
    from lithicoat.workflows.distill.card import DataSet, ModelCard

__all__ = ["render", "table", "with_unit"]

UNITS = {
    "ms_per_atom": "ms/atom",
    "eV_per_O2": "eV per O2",
    "meV_atom": "meV/atom",
    "eV_atom": "eV/atom",
    "g_cm3": "g/cm³",
    "eV_A3": "eV/Å³",
    "eV_A": "eV/Å",
    "per_GPa": "1/GPa",
    "GPa": "GPa",
    "meV": "meV",
    "eV": "eV",
    "A3": "Å³",
    "A": "Å",
    "K": "K",
    "ps": "ps",
    "fs": "fs",
    "s": "s",
}
"""Ends of names that are units, longer ones first."""


def render(card: "ModelCard") -> str:
    """Return the card as Markdown, ending with a newline."""
    sections = [
        f"# {card.id}",
        card.description,
        _facts(card),
        "## Must not be used for\n\n" + _bullets(_not_for(card)),
        "## Known limits\n\n" + _bullets(card.text.limits) if card.text.limits else "",
        _errors(card) if card.errors else "",
        *(_benchmark(subject, results, own=card.id) for subject, results in card.benchmarks.items()),
        _data(card),
        _training(card),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; the first column is text, the others are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def with_unit(name: str) -> tuple[str, str]:
    """Split the name of a field into words and unit: `shear_modulus_GPa` → (`shear modulus`, `GPa`).

    Examples
    --------
    >>> with_unit("mae_eV")
    ('mae', 'eV')
    >>> with_unit("slope")
    ('slope', '')
    """
    for end, unit in UNITS.items():
        if name.endswith("_" + end):
            return name.removesuffix("_" + end).replace("_", " "), unit
    return name.replace("_", " "), ""


def _facts(card: "ModelCard") -> str:
    rows = [
        ("Elements", " ".join(card.network.elements)),
        ("Labels computed by", card.text.teacher),
        ("Level of theory", card.text.level_of_theory),
        ("Architecture", f"{card.network.kind}: {card.network.summary}"),
        ("Pair repulsion", "ZBL" if card.network.pair_repulsion else "none"),
        ("Licence", card.text.licence),
        ("File", f"{card.id}.model, {card.size_bytes / 1e6:.2f} MB"),
        ("sha256", f"`{card.sha256}`"),
    ]
    return table(("", ""), rows)


def _not_for(card: "ModelCard") -> tuple[str, ...]:
    known = ", ".join(card.network.elements)
    return (f"Anything with elements other than {known}.", *card.text.not_for)


def _errors(card: "ModelCard") -> str:
    errors: LabelErrors | None = card.errors
    if errors is None:
        return ""
    head = (
        "family",
        "frames",
        "sources",
        "energy MAE (meV/atom)",
        "energy RMSE (meV/atom)",
        "force MAE (meV/Å)",
        "force RMSE (meV/Å)",
        "rms force of the labels (meV/Å)",
        "force MAE / rms (%)",
        "stress MAE (GPa)",
    )
    rows = [_error_row(family) for family in (*errors.families, errors.overall)]
    if card.start_errors:
        rows.append(("all, before fine-tuning", *_error_row(card.start_errors.overall)[1:]))
    said = (
        "Against labels that were not trained on, per atom and per component. "
        "± is one bootstrap standard error over sources (crystals, trajectories)."
    )
    return f"## Errors on the test set\n\n{said}\n\n{table(head, rows)}"


def _error_row(errors: FamilyErrors) -> tuple[str, ...]:
    return (
        errors.family,
        str(errors.frames),
        str(errors.sources),
        _figure(errors.energy_mae_eV_atom, 1e3),
        _figure(errors.energy_rmse_eV_atom, 1e3),
        _figure(errors.forces_mae_eV_A, 1e3),
        _figure(errors.forces_rmse_eV_A, 1e3),
        _figure(errors.forces_rms_eV_A, 1e3),
        _figure(errors.forces_relative, 1e2),
        _figure(errors.stress_mae_GPa, 1),
    )


def _figure(figure: Estimate | None, factor: float) -> str:
    return "–" if figure is None else figure.text(factor)


def _benchmark(subject: str, results: Mapping[str, Mapping[str, Any]], *, own: str) -> str:
    """Render the table of the model, and another potential's figures on what both have in common."""
    found = {name: parsed(dict(result), Subject(subject)) for name, result in results.items()}
    others = [result for name, result in found.items() if name != own]
    lines = [*found[own].lines(), *(line for other in others for line in found[own].against(other))]
    return f"## Benchmark: {subject}\n\n```\n" + "\n".join(lines) + "\n```"


def _heading(name: str) -> str:
    words, unit = with_unit(name)
    return f"{words} ({unit})" if unit else words


def _data(card: "ModelCard") -> str:
    sets: dict[str, DataSet | None] = {"train": card.train, "validation": card.valid, "test": card.test}
    there = {name: data for name, data in sets.items() if data is not None}
    counts = table(
        ("set", "frames", "atoms", "sha256 of the file"),
        [(name, str(data.frames), str(data.atoms), f"`{data.sha256}`") for name, data in there.items()],
    )
    families = sorted({family for data in there.values() for family in data.families})
    per_family = table(
        ("family, frames", *there),
        [(family, *(str(data.families.get(family, 0)) for data in there.values())) for family in families],
    )
    elements = table(
        ("element", "atoms in train", "energy at the start (eV)"),
        [
            (symbol, str(card.train.elements.get(symbol, 0)), f"{energy:.4f}")
            for symbol, energy in card.energies_eV.items()
        ],
    )
    return f"## Data\n\n{counts}\n\n{per_family}\n\n{elements}"


def _training(card: "ModelCard") -> str:
    settings = card.training.model_dump(mode="json", exclude={"foundation"}, exclude_none=True)
    started = "From random weights."
    if card.start:
        started = f"Fine-tuned from the model with sha256 `{card.start}`."
    rows = [(_heading(name), _setting(value)) for name, value in settings.items()]
    last = card.history[-1] if card.history else None
    result = f" Validation errors after {last.epoch} epochs: {last.summary}." if last else ""
    rounds = f" {card.active_rounds} rounds of active learning." if card.active_rounds else ""
    said = f"{started} Seed {card.seed}.{rounds} It took {card.duration_s / 3600:.2f} h.{result}"
    versions = ", ".join(f"{package} {number}" for package, number in card.versions.items())
    return f"## Training\n\n{said}\n\n{table(('setting', 'value'), rows)}\n\nVersions: {versions}."


def _setting(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {number}" for key, number in value.items()) or "none"
    return str(value)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"* {line}" for line in lines)
