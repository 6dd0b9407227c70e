"""The settings of a distillation, and what a training gets of the labels they name."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms

from lithicoat.workflows.checking import checked
from lithicoat.workflows.distill.config import (
    BaselineSpec,
    DistillConfig,
    LabellerSpec,
    SplitSpec,
    Start,
)
from lithicoat.workflows.distill.labels import LabelError, LabelKeys, open_labels, write_labels
from lithicoat.workflows.distill.preparing import CollectMaker, PrepareMaker, raw_files
from lithicoat.workflows.distill.training import TrainSpec
from lithicoat.workflows.errors import UsageError

RECIPES = Path(__file__).parents[3] / "workflows" / "data" / "recipes"


def labels(*sources: str, frames: int = 4) -> list[Atoms]:
    rng = np.random.default_rng(0)
    found = []
    for source in sources:
        for number in range(frames):
            atoms = Atoms("Li2S" if number % 2 else "Li3", positions=np.eye(3) * 2.5, cell=[6] * 3, pbc=True)
            atoms.positions += rng.normal(scale=0.1, size=(3, 3))
            atoms.info = {"source": source, "family": "crystal", "REF_energy": -8.0 - 3 * (number % 2)}
            atoms.arrays["REF_forces"] = rng.normal(scale=0.5, size=(3, 3))
            found.append(atoms)
    return found


def settings(text: str = "") -> Path:
    Path("sub").mkdir(exist_ok=True)
    write_labels(Path("sub/train.extxyz"), labels("a", "b", "c"))
    file = Path("sub/mine.toml")
    file.write_text('name = "mine"\n' + text)
    return file


TRAIN = '[labels]\ntrain = ["train.extxyz"]\n'


def test_the_least_that_is_needed():
    config = DistillConfig.read(settings(TRAIN))
    assert config.labels.train == (Path("sub/train.extxyz").resolve(),)
    assert (config.name, config.committee, config.held_out) == ("mine", (1,), 0.1)
    assert config.training == TrainSpec()
    assert config.training_after(3) == TrainSpec()


def test_paths_are_beside_the_file():
    config = DistillConfig.read(
        settings(
            TRAIN + 'test = ["train.extxyz"]\n[labeller.teacher]\npython = "venv/bin/python"\n'
            'calculator = "a.b:C"\n[training]\nfoundation = "start.model"\n'
        )
    )
    assert config.labeller is not None
    assert config.labeller.teacher is not None
    assert config.labeller.teacher.python == str(Path("sub/venv/bin/python").absolute())
    assert config.held_out == 0
    assert config.training.foundation == str(Path("sub/start.model").resolve())
    again = DistillConfig.read(settings(TRAIN + '[training]\nfoundation = "mace-mpa-0"\n'))
    assert again.training.foundation == "mace-mpa-0"


def test_rounds_may_train_in_another_way():
    config = DistillConfig.read(
        settings(
            TRAIN + '[labeller]\npotential = "chgnet"\n[active]\nrounds = 2\nstart = "scratch"\n'
            "[active.training]\nepochs = 7\n"
        )
    )
    assert config.active is not None
    assert config.active.start is Start.SCRATCH
    assert config.training_after(0).epochs == TrainSpec().epochs
    assert config.training_after(1) == TrainSpec(epochs=7)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "there are neither labels.train nor sample"),
        (TRAIN.replace("train.ext", "gone.ext"), "gone.extxyz does not exist"),
        (TRAIN + "colour = 1\n", "labels.colour is not a setting of DistillConfig"),
        ("committee = [1, 1]\n" + TRAIN, "the seeds of a committee must differ"),
        (TRAIN + "[active]\nrounds = 1\n", "new configurations need a labeller"),
        (TRAIN + "[active]\nrounds = 0\n", "active.rounds is 0; it should be greater than or equal to 1"),
        (TRAIN + "[sample]\n", "sample needs at least one of rattle, strain and dynamics"),
        (TRAIN + "[sample.rattle]\n[sample.models]\nfilms = []\n", "neither films nor files to start from"),
        (TRAIN + "[labeller]\n", "exactly one of potential, teacher and dft, it has none"),
        (TRAIN + '[labeller]\npotential = "x"\n[labeller.dft]\n', "it has potential and dft"),
        (
            TRAIN + '[labeller.teacher]\npython = "p"\ncalculator = "no colon"\n',
            "labeller.teacher.calculator",
        ),
        (TRAIN + "[split]\nvalid_fraction = 0\n", "split.valid_fraction"),
        (TRAIN + "[training]\nepochz = 3\n", "training.epochz is not a setting"),
        (
            TRAIN + '[labeller]\npotential = "x"\n[active.training]\nepochs = -1\n',
            "epochs is -1; it should be greater than or equal to 1",
        ),
        (
            TRAIN + '[active]\nrounds = 1\nlabelled = ["train.extxyz", "train.extxyz"]\n',
            "active has labels of 2 rounds, but only 1",
        ),
        ("[labels\n", "is not TOML"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text, sentence):
    with pytest.raises(UsageError) as caught:
        DistillConfig.read(settings(text))
    assert sentence in caught.value.message


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(UsageError, match=r"nowhere\.toml cannot be read"):
        DistillConfig.read(Path("nowhere.toml"))


def test_labels_of_all_rounds_need_no_labeller():
    config = DistillConfig.read(settings(TRAIN + '[active]\nlabelled = ["train.extxyz"]\n'))
    assert config.labeller is None


@pytest.mark.skipif(
    not (RECIPES.parent / "labels" / "train.extxyz.gz").exists(), reason="the shipped labels are not here"
)
@pytest.mark.parametrize("recipe", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_recipes_are_valid(recipe: Path):
    assert DistillConfig.read(recipe).name == recipe.stem


def test_exactly_one_labeller():
    assert checked(LabellerSpec, {"dft": {}}).dft is not None


# --- what a training gets --------------------------------------------------------------------------------


def prepare(labels, test=None, extra=None, **maker):
    made = PrepareMaker(
        split=SplitSpec(valid_fraction=0.2, test_fraction=0.2), baseline=BaselineSpec(), **maker
    )
    return PrepareMaker.make.original(made, labels, test, extra)


def sources(file) -> set[str]:
    return {atoms.info["source"] for atoms in open_labels(file)}


def test_collecting_brings_files_into_one_form():
    one, other = labels("a"), labels("b")
    for atoms in one:
        atoms.info["E"] = atoms.info.pop("REF_energy")
    write_labels(Path("one.extxyz"), one)
    keys = LabelKeys(energy="E")
    write_labels(Path("other.extxyz"), other)
    with pytest.raises(
        LabelError, match=r"other.extxyz is not labelled: none of its 4 frames has energy \(E\)"
    ):
        raw_files([Path("one.extxyz"), Path("other.extxyz")], keys)
    found = CollectMaker.make.original(CollectMaker(keys), raw_files([Path("one.extxyz")], keys))
    assert [atoms.info["REF_energy"] for atoms in open_labels(found.file)] == [-8, -11, -8, -11]


def test_a_training_gets_sets_apart_and_energies():
    file = write_labels(Path("all.extxyz"), labels(*"abcdefghij"))
    found = prepare([file], fewest_atoms=10)
    sides = [sources(side) for side in (found.train, found.valid, found.test)]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 10
    assert found.baseline.energies_eV == pytest.approx({"Li": -8 / 3, "S": -11 + 16 / 3})


def test_separate_test_files_are_kept_as_they_are():
    file, test = (write_labels(Path(f"{name}.extxyz"), labels(*name)) for name in ("abcdefgh", "xyz"))
    found = prepare([file], test, fewest_atoms=1)
    assert found.test == test
    assert sources(found.train) | sources(found.valid) == set("abcdefgh")
    shared = write_labels(Path("shared.extxyz"), labels("x", "c"))
    with pytest.raises(UsageError, match=r"c in .*shared.extxyz is also in the training set"):
        prepare([file], shared, fewest_atoms=1)


def test_labels_of_rounds_all_go_to_the_training(tmp_path, monkeypatch):
    file, extra = (write_labels(Path(f"{name}.extxyz"), labels(*name)) for name in ("abcdefgh", "xy"))
    before = prepare([file], fewest_atoms=1)
    (tmp_path / "after").mkdir()
    monkeypatch.chdir(tmp_path / "after")
    after = prepare([file], None, [extra], fewest_atoms=1)
    assert sources(after.train) == sources(before.train) | set("xy")
    assert after.valid.sha256 == before.valid.sha256
    assert before.test is not None
    held_out = write_labels(Path("held.extxyz"), labels(*sources(before.test)))
    with pytest.raises(UsageError, match="in the test set is also in the training set"):
        prepare([file], None, [held_out], fewest_atoms=1)


def test_a_scarce_element_is_refused():
    file = write_labels(Path("all.extxyz"), labels(*"abcdefgh"))
    with pytest.raises(
        LabelError, match=r"S \(\d+\) has too few atoms in the training set; each element needs 40"
    ):
        prepare([file], fewest_atoms=40)
