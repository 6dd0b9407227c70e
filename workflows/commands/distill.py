"""`lithicoat distill`: make a potential from labels of a teacher or of your own calculations."""

from pathlib import Path
from typing import Annotated

import typer

from lithicoat.workflows.commands.console import err, out, print_json
from lithicoat.workflows.commands.display import StepDisplay
from lithicoat.workflows.commands.options import Database, Json, Quiet, Trust

__all__ = ["TrainingDisplay", "command"]


class TrainingDisplay(StepDisplay):
    """The bar of a step; where stderr is no terminal, a line for each whole epoch of a training."""

    _said: float = -1.0

    def started(self, step: str) -> None:
        """Begin a bar."""
        self._said = -1.0
        super().started(step)

    def advanced(self, label: str, done: float, total: float, unit: str) -> None:
        """Move the bar, or tell of a finished epoch."""
        super().advanced(label, done, total, unit)
        if unit == "epochs" and not self.live and not self.quiet and int(done) > self._said:
            self._said = int(done)
            err.print(f"  {label} {int(done)} of {total:g} epochs", soft_wrap=True)

    @property
    def live(self) -> bool:
        """Whether there are bars."""
        return self._bars.live


def command(
    config: Annotated[str, typer.Argument(help="A TOML file of settings, or the name of a shipped recipe.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Directory of the results; default: the potential's name."),
    ] = None,
    db: Database = Path("lithicoat.db"),
    json: Json = False,
    quiet: Quiet = False,
    trust: Trust = False,
) -> None:
    """Make or fine-tune a MACE potential: sample, label, train, validate, write the card.

    The same command again goes on where it stopped. Example: lithicoat distill mine.toml -o mine, with
    mine.toml: name = "mine", [labels] train = ["labels.extxyz"], [training] epochs = 60.
    """
    from lithicoat.workflows.campaign import run_jobs
    from lithicoat.workflows.distill.config import DistillConfig
    from lithicoat.workflows.distill.flow import DistillDocument, DistillMaker
    from lithicoat.workflows.distill.gathering import check_writable, gather
    from lithicoat.workflows.distill.inputs import find_inputs, find_settings
    from lithicoat.workflows.steps import files_directory
    from lithicoat.workflows.storage import open_store

    settings = DistillConfig.read(find_settings(config))
    inputs = find_inputs(settings, trusted=trust)
    directory = output or Path(settings.name)
    check_writable(directory)
    display = TrainingDisplay(quiet=quiet)
    flow = DistillMaker(config=settings).make(inputs)
    with display.shown():
        document = run_jobs(flow, db, display)[flow.jobs[-1].uuid]
    result = DistillDocument.model_validate(document)
    gathered = gather(result, directory, steps=files_directory(open_store(db)))
    if json:
        print_json({"cards": result.cards, "files": gathered})
        return
    for card, model, written in zip(result.cards, gathered.models, gathered.cards, strict=True):
        out.print(f"{card.id}: {card.network.summary}; seed {card.seed}", soft_wrap=True)
        if card.errors is None:
            out.print("no test set was set aside, so its errors are not known")
        else:
            out.print("\n".join(card.errors.lines()), soft_wrap=True)
        if card.start_errors is not None:
            out.print("before fine-tuning\n" + card.start_errors.lines()[-1], soft_wrap=True)
        out.print(f"model {model} ({model.stat().st_size / 1e6:.2f} MB), card {written}", soft_wrap=True)
    out.print(f"use it with --potential {gathered.models[0]}", soft_wrap=True)
