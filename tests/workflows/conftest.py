"""What several test modules build."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest


@pytest.fixture(scope="session")
def small_mace() -> Callable[..., Any]:
    """Make small MACE networks with random weights, of the elements that are asked for."""

    def make(numbers: Sequence[int], *, seed: int = 0, hidden: str = "8x0e", **changes: Any) -> Any:
        import mace  # noqa: F401 - before e3nn
        import torch
        from e3nn import o3
        from mace import modules

        block = modules.interaction_classes["RealAgnosticResidualInteractionBlock"]
        settings = {
            "r_max": 4.0,
            "num_bessel": 6,
            "num_polynomial_cutoff": 5,
            "max_ell": 1,
            "interaction_cls": block,
            "interaction_cls_first": block,
            "num_interactions": 2,
            "MLP_irreps": o3.Irreps("4x0e"),
            "gate": torch.nn.functional.silu,
            "atomic_energies": -np.arange(1.0, len(numbers) + 1)[np.newaxis],
            "avg_num_neighbors": 8.0,
            "correlation": 2,
            "atomic_inter_scale": 1.0,
            "atomic_inter_shift": 0.0,
        }
        kinds = {"num_elements": len(numbers), "atomic_numbers": list(numbers)}
        default = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        torch.manual_seed(seed)
        try:
            return modules.ScaleShiftMACE(hidden_irreps=o3.Irreps(hidden), **settings | kinds | changes)
        finally:
            torch.set_default_dtype(default)

    return make
