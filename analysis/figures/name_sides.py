"""On which side of its mark a name stands in an interactive figure."""

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["name_sides"]

SIDES = (
    ("middle right", 1, 0), ("top center", 0, 1), ("bottom center", 0, -1), ("middle left", -1, 0),
    ("top right", 1, 1), ("bottom right", 1, -1), ("top left", -1, 1), ("bottom left", -1, -1),
)  # fmt: skip
LETTER_PX, LINE_PX, GAP_PX = 7.0, 15.0, 9.0
AREA_PX = (640.0, 360.0)
"""Size of the area for which names are placed."""


def name_sides(
    names: Sequence[str],
    x: Sequence[float],
    y: Sequence[float],
    *,
    lines: Sequence[tuple[float, float, float, float]] = (),
) -> list[str]:
    """Return on which side of its mark each name covers least of other names and marks.

    Parameters
    ----------
    names : sequence of str
        Names.
    x, y : sequence of float
        Places of the marks, as shares of the axes from 0 to 1.
    lines : sequence of (float, float, float, float)
        Upright and level lines that names had better not cover: x and y of both ends, likewise.
    """
    wide, tall = AREA_PX
    points = [(across * wide, along * tall) for across, along in zip(x, y, strict=True)]
    taken = [_Box(px - 6, py - 6, px + 6, py + 6) for px, py in points]
    taken += [
        _Box(min(x0, x1) * wide - 1, min(y0, y1) * tall - 1, max(x0, x1) * wide + 1, max(y0, y1) * tall + 1)
        for x0, y0, x1, y1 in lines
    ]
    found = []
    for name, (px, py) in zip(names, points, strict=True):
        width = LETTER_PX * len(name)
        tried = []
        for order, (side, across, along) in enumerate(SIDES):
            middle = px + across * (GAP_PX + width / 2)
            level = py + along * (GAP_PX + LINE_PX / 2)
            box = _Box(middle - width / 2, level - LINE_PX / 2, middle + width / 2, level + LINE_PX / 2)
            tried.append((sum(map(box.shared, taken)) + 50 * box.outside() + order, side, box))
        _, side, box = min(tried, key=lambda one: one[0])
        taken.append(box)
        found.append(side)
    return found


class _Box(NamedTuple):
    left: float
    low: float
    right: float
    high: float

    def shared(self, other: "_Box") -> float:
        """Area in both boxes, px²."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.high, other.high) - max(self.low, other.low)
        return max(width, 0.0) * max(height, 0.0)

    def outside(self) -> float:
        """How far the box is beyond the area, px."""
        return max(-self.left, 0.0, self.right - AREA_PX[0]) + max(-self.low, 0.0, self.high - AREA_PX[1])
