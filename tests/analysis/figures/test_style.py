import numpy as np
import pytest
from matplotlib import rcParams
from matplotlib.figure import Figure

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.style import (
    SINGLE_COLUMN_MM,
    blank,
    property_text,
    publication,
    ramp,
    write_caption,
    write_figure,
)
from lithicoat.analysis.properties import Bound, Property


@publication
def _plain() -> Figure:
    figure = blank(40)
    figure.add_subplot().set_xlabel("Lag time (ps)")
    write_caption(figure, "Li2S; mace-lithicoat-1, protocol quick")
    return figure


def test_a_figure_is_one_column_wide():
    assert np.allclose(_plain().get_size_inches() * 25.4, (SINGLE_COLUMN_MM, 40))


def test_the_users_own_settings_are_left_alone():
    before = dict(rcParams)
    size = _plain().axes[0].xaxis.label.get_fontsize()
    assert size == 8
    assert dict(rcParams) == before


def test_a_figure_that_is_drawn_later_keeps_the_style():
    figure, seen = _plain(), []
    figure.axes[0].draw = lambda _: seen.append(rcParams["mathtext.cal"])
    figure.draw_without_rendering()
    assert set(seen) == {"sans"}
    assert rcParams["mathtext.cal"] != "sans"


def test_no_glyph_of_a_label_is_missing(recwarn):
    @publication
    def labelled() -> Figure:
        figure = blank(40)
        figure.add_subplot().set_xlabel(r"$\mathit{D}$ (10⁻⁵ cm² s⁻¹), O₂, Li⁺ → Å ± σ")
        return figure

    labelled().draw_without_rendering()
    assert not [str(warning.message) for warning in recwarn if "lyph" in str(warning.message)]


@pytest.mark.parametrize("ending", ["svg", "pdf"])
def test_vector_files_keep_text_as_text_and_are_the_same_each_time(tmp_path, ending):
    one = write_figure(_plain(), tmp_path / "a" / f"one.{ending}", title="msd").read_bytes()
    other = write_figure(_plain(), tmp_path / f"other.{ending}", title="msd").read_bytes()
    assert one == other
    if ending == "svg":
        assert b">Lag time (ps)</text>" in one
    else:
        assert b"/FontFile2" in one  # TrueType, not outlines
        assert b"/Type3" not in one


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"cannot be written as msd\.docx") as caught:
        write_figure(_plain(), tmp_path / "msd.docx")
    assert ".pdf" in caught.value.hint


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"file.*cannot be written"):
        write_figure(_plain(), tmp_path / "file" / "msd.pdf")


def test_a_long_caption_is_broken_and_an_empty_one_adds_nothing():
    figure = blank(40)
    write_caption(figure, "")
    assert figure.get_supxlabel() == ""
    write_caption(figure, "mace-lithicoat-1 (PBE level), protocol quick, " * 4)
    assert max(map(len, figure.get_supxlabel().splitlines())) < 80
    assert figure.get_supxlabel().count("\n") >= 2


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (Property(value=0.346, uncertainty=0.0194, unit="eV"), "0.346 ± 0.019 eV"),
        (Property(value=4.08e-5, uncertainty=6.2e-6, unit="eV"), "(4.1 ± 0.6) × 10⁻⁵ eV"),
        (Property(value=2.2e-5, unit="eV", bound=Bound.UPPER), "< 2.2 × 10⁻⁵ eV"),
        (Property(value=3.0, unit="eV", bound=Bound.LOWER), "> 3 eV"),
        (Property(value=28.31, uncertainty=None, unit="eV"), "28.3 eV"),
        (Property.missing("eV", "no line"), "not known"),
    ],
)
def test_numbers_are_written_as_journals_do(quantity, text):
    assert property_text(quantity, unit="eV") == text


def test_ordered_colours_grow_lighter_and_stay_dark_enough_for_paper():
    light = np.array([0.299, 0.587, 0.114])
    values = np.array([np.array(colour[:3]) @ light for colour in ramp(5)])
    assert (np.diff(values) > 0.05).all()
    assert values.max() < 0.8
