"""The model card: JSON that comes back, and Markdown in which every figure has its unit."""

import json
from pathlib import Path

import numpy as np
import pytest

from lithicoat.analysis.label_errors import LabelErrors, Labelled, compare
from lithicoat.workflows.benchmarks.base import Benchmark
from lithicoat.workflows.benchmarks.results import Subject, shipped_result
from lithicoat.workflows.distill.card import (
    CardText,
    ModelCard,
    make_card,
    with_benchmarks,
    write_card,
)
from lithicoat.workflows.distill.flow import DistillDocument
from lithicoat.workflows.distill.gathering import gather
from lithicoat.workflows.distill.history import EpochErrors
from lithicoat.workflows.distill.labels import LabelFile
from lithicoat.workflows.distill.markdown import table, with_unit
from lithicoat.workflows.distill.networks import Network
from lithicoat.workflows.distill.training import TrainDocument, TrainSpec
from lithicoat.workflows.errors import RunError
from lithicoat.workflows.potentials.registry import PotentialRef, sha256_of_file


def _labels(name: str, frames: int) -> LabelFile:
    return LabelFile(
        path=f"/somewhere/{name}.extxyz",
        sha256=name * 4,
        frames=frames,
        atoms=10 * frames,
        families={"elastic": frames},
        elements={"Li": 5 * frames, "S": 5 * frames},
    )


def _errors() -> LabelErrors:
    frames = [
        Labelled(family="elastic", source=source, energy_eV=0.0, forces_eV_A=np.full((2, 3), force))
        for source, force in (("a", 1.0), ("b", 1.0), ("a", 1.1), ("b", 1.3))
    ]
    return compare(frames[:2], frames[2:])


@pytest.fixture
def trained() -> TrainDocument:
    return TrainDocument(
        potential=PotentialRef(id="trained-1", sha256="abc123", path="/somewhere/trained-1.model"),
        size_bytes=1_170_000,
        network=Network(
            kind="ScaleShiftMACE",
            elements=("Li", "S"),
            energies_eV={"Li": -2.3, "S": -4.0},
            r_max_A=5.0,
            interactions=2,
            hidden_irreps="64x0e",
            max_ell=2,
            correlation=2,
            pair_repulsion=True,
            parameters=123456,
            heads=("Default",),
        ),
        start=None,
        train=_labels("train", 90),
        valid=_labels("valid", 10),
        energies_eV={"Li": -2.3, "S": -4.0},
        spec=TrainSpec(),
        seed=1,
        history=(EpochErrors(epoch=110, loss=0.01, energy_mae_eV_atom=0.012, forces_mae_eV_A=0.08),),
        duration_s=7200,
        versions={"mace-torch": "0.3.16"},
    )


@pytest.fixture
def card(trained: TrainDocument) -> ModelCard:
    text = CardText(
        teacher="SevenNet",
        level_of_theory="PBE",
        licence="MIT",
        limits=("No spin.",),
        not_for=("Free atoms.",),
    )
    return make_card(
        "mine",
        trained,
        text=text,
        description="For trials.",
        test=_labels("test", 2),
        errors=_errors(),
        active_rounds=1,
    )


def _result() -> Benchmark:
    """The result of chgnet on the labels, as if it were ours."""
    found = shipped_result("chgnet", Subject.LABELS)
    assert found is not None
    return found.model_copy(update={"potential": "mine"})


def test_a_card_comes_back_from_its_json(card: ModelCard, tmp_path: Path):
    written, _ = write_card(card, tmp_path)
    assert ModelCard.model_validate_json(written.read_text()) == card


def test_a_card_tells_no_place_of_this_machine(card: ModelCard):
    assert "somewhere" not in card.model_dump_json()
    assert card.train.file == "train.extxyz"


def test_markdown_says_what_it_is_and_is_not_for(card: ModelCard):
    text = card.markdown()
    for phrase in (
        "# mine",
        "For trials.",
        "SevenNet",
        "PBE",
        "1.17 MB",
        "abc123",
        "Free atoms.",
        "No spin.",
    ):
        assert phrase in text
    assert "elements other than Li, S" in text
    assert "From random weights. Seed 1. 1 rounds of active learning. It took 2.00 h." in text


def test_markdown_gives_errors_with_units_and_standard_errors(card: ModelCard):
    lines = card.markdown().splitlines()
    head = next(line for line in lines if line.startswith("| family | frames"))
    assert all("(" in name for name in head.strip("| ").split(" | ")[3:])
    row = next(line for line in lines if line.startswith("| elastic | 2"))
    assert "200 ± 7" in row  # mean of 100 and 300 meV/Å; standard error of two: 71


def test_a_fine_tuned_model_is_shown_beside_what_it_was(card: ModelCard):
    better = card.model_copy(update={"start_errors": _errors(), "start": "def456"})
    assert "| all, before fine-tuning | 2 |" in better.markdown()
    assert "Fine-tuned from the model with sha256 `def456`" in better.markdown()


def test_benchmarks_stand_side_by_side(card: ModelCard):
    both = with_benchmarks(card, {Subject.LABELS: _result()}, beside="chgnet")
    assert set(both.benchmarks["labels"]) == {"mine", "chgnet"}
    text = both.markdown()
    assert "## Benchmark: labels" in text
    figures = {
        line.split(maxsplit=1)[0].rstrip(":"): line.split("forces ")[1]
        for line in text.splitlines()
        if "MAE of energy" in line
    }
    assert figures["mine"] == figures["chgnet"]
    assert ModelCard.model_validate_json(both.model_dump_json()) == both


def test_benchmarks_need_no_other_potential(card: ModelCard):
    for beside in (None, "nothing"):
        alone = with_benchmarks(card, {Subject.LABELS: _result()}, beside=beside)
        assert set(alone.benchmarks["labels"]) == {"mine"}
        assert "mine: MAE of energy" in alone.markdown()


def test_a_card_in_json_is_plain(card: ModelCard):
    assert json.loads(card.model_dump_json())["network"]["r_max_A"] == 5.0


def test_a_model_is_gathered_with_its_card_unless_it_has_changed(card: ModelCard, tmp_path: Path):
    file = tmp_path / "trained-1.model"
    file.write_bytes(b"weights")
    ref = PotentialRef(id="mine", sha256=sha256_of_file(file), path=str(file))
    document = DistillDocument(potentials=(ref,), cards=(card,), added=())
    gathered = gather(document, tmp_path / "out", steps=tmp_path)
    assert gathered.models[0].read_bytes() == b"weights"
    assert gathered.cards == (tmp_path / "out" / "mine.md",)
    file.write_bytes(b"other weights")
    with pytest.raises(RunError, match="is gone or has changed"):
        gather(document, tmp_path / "out", steps=tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shear_modulus_GPa", ("shear modulus", "GPa")),
        ("forces_mae_eV_A", ("forces mae", "eV/Å")),
        ("energy_mae_eV_atom", ("energy mae", "eV/atom")),
        ("median_ms_per_atom", ("median", "ms/atom")),
        ("r_max_A", ("r max", "Å")),
        ("slope", ("slope", "")),
        ("mobile_atoms", ("mobile atoms", "")),
    ],
)
def test_names_are_split_into_words_and_units(name: str, expected: tuple[str, str]):
    assert with_unit(name) == expected


def test_a_bar_in_a_cell_does_not_break_a_table():
    assert table(("a", "b"), [("x|y", "1")]).splitlines()[2] == "| x\\|y | 1 |"
