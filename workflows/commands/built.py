"""How `lithicoat build` tells what it built: one line for each film, then what a reader must see."""

from itertools import groupby
from typing import TYPE_CHECKING

from lithicoat.workflows.commands.console import out

if TYPE_CHECKING:
    from lithicoat.structures.summary import ModelRow

__all__ = ["print_rows"]


def print_rows(rows: "list[ModelRow]") -> None:
    """Print models as a table, replicas of a film in one line, and the flags below."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("film", "formula", "atoms", "cells", "g/cm3", "reference", "off"):
        table.add_column(column, justify="left" if column in {"film", "formula"} else "right", no_wrap=True)
    films = [list(group) for _, group in groupby(rows, key=lambda row: (row.id, row.formula))]
    for film in films:
        first = film[0]
        reference = first.reference_density_g_cm3
        table.add_row(
            first.id,
            first.formula,
            str(first.atoms),
            str(len(film)),
            _mean([row.density_g_cm3 for row in film], ".3f"),
            "–" if reference is None else f"{reference:.3f}",
            _mean([row.density_deviation for row in film if row.density_deviation is not None], "+.0%"),
        )
    out.print(table)
    for film in films:
        for flag in dict.fromkeys(flag for row in film for flag in row.flags):
            out.print(f"{film[0].id}: {flag}", soft_wrap=True)


def _mean(values: list[float], form: str) -> str:
    return f"{sum(values) / len(values):{form}}" if values else "–"
