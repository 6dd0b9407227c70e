"""The messages of a MACE with scalar features as matrix products: the same numbers, in less memory.

Between atoms with scalar features h the message is A_i,lmc = Σ_j R_lc(r_ij) Y_lm(r_ij) h_jc
(Batatia et al., NeurIPS 2022, arXiv:2206.07697, eq. 8 for l1 = 0). e3nn writes the product of every edge, of
length c (l_max + 1)², before it sums over neighbours; on a CPU moving this costs more than computing it. Here
the edges of an atom are rows of two matrices, and one matrix product does the sum.
"""

from typing import Any

import torch
from torch import Tensor

__all__ = ["ScalarConvolution", "replaceable", "with_e3nn", "with_matrix_products"]


class ScalarConvolution(torch.nn.Module):
    """Stands in for the tensor product of an interaction block, with the same state.

    Parameters
    ----------
    tensor_product : e3nn.o3.TensorProduct
        Of scalars with spherical harmonics, channel by channel; see :func:`replaceable`.
    """

    def __init__(self, tensor_product: Any) -> None:
        super().__init__()
        self.channels: int = tensor_product.irreps_in1.dim
        self.orders: list[int] = [irrep.l for _, irrep in tensor_product.irreps_in2]
        self.weight_numel: int = tensor_product.weight_numel
        self.replaced = (tensor_product,)  # in a tuple, so that torch does not see a submodule
        for name, buffer in tensor_product.named_buffers(recurse=False):
            self.register_buffer(name, buffer)

    def forward(self, features: Tensor, harmonics: Tensor, radial: Tensor, edges: Tensor) -> Tensor:
        """Sum the messages of all neighbours.

        Parameters
        ----------
        features : (n, c) Tensor
            Scalar features of the atoms.
        harmonics : (e, (l_max + 1)²) Tensor
            Spherical harmonics of the edges.
        radial : (e, (l_max + 1) c) Tensor
            Radial weights of the edges, order by order.
        edges : (2, e) Tensor
            Sender and receiver of the edges.

        Returns
        -------
        (n, c (l_max + 1)²) Tensor
            Order by order, in each channel by channel.
        """
        sender, receiver = edges[0], edges[1]
        atoms, count, orders, length = features.shape[0], edges.shape[1], len(self.orders), harmonics.shape[1]
        slot, rows = _slots(receiver, atoms)
        messages = radial.view(count, orders, self.channels) * features[sender].unsqueeze(1)
        left = harmonics.new_zeros(atoms * rows, length).index_copy(0, slot, harmonics)
        right = messages.new_zeros(atoms * rows, self.weight_numel).index_copy(
            0, slot, messages.view(count, self.weight_numel)
        )
        sums = torch.bmm(
            left.view(atoms, rows, length).transpose(1, 2), right.view(atoms, rows, self.weight_numel)
        )
        blocks, first = [], 0
        for place, order in enumerate(self.orders):
            last = first + 2 * order + 1
            block = sums[:, first:last, place * self.channels : (place + 1) * self.channels]
            blocks.append(block.transpose(1, 2).reshape(atoms, -1))
            first = last
        return torch.cat(blocks, dim=1)


def _slots(receiver: Tensor, atoms: int) -> tuple[Tensor, int]:
    """Return the row of each edge if all atoms have as many rows as the one with most edges; and how many."""
    counts = torch.bincount(receiver, minlength=atoms)
    rows = int(counts.max()) if len(receiver) else 0
    order = torch.argsort(receiver, stable=True)
    in_order = receiver[order]
    starts = torch.cumsum(counts, 0) - counts
    slot = torch.empty_like(receiver)
    slot[order] = in_order * rows + torch.arange(len(receiver), device=receiver.device) - starts[in_order]
    return slot, rows


def replaceable(interaction: Any) -> bool:
    """Return whether the features of an interaction block are scalars, each with weights of its own."""
    product: Any = getattr(interaction, "conv_tp", None)
    instructions: Any = getattr(product, "instructions", None)
    if instructions is None or getattr(interaction, "conv_fusion", False):
        return False
    return (
        all(irrep.l == 0 and irrep.p == 1 for _, irrep in product.irreps_in1)
        and len(product.irreps_in1) == 1
        and len(instructions) == len(product.irreps_in2)
        and all(
            step.i_in2 == place and step.connection_mode == "uvu" for place, step in enumerate(instructions)
        )
    )


def with_matrix_products(model: Any) -> Any:
    """Change a MACE in place so that its scalar messages are matrix products; others stay as they are."""
    for interaction in model.interactions:
        if replaceable(interaction):
            interaction.conv_tp = ScalarConvolution(interaction.conv_tp)
            interaction.conv_fusion = True  # mace then hands over the edges and takes the sums
    return model


def with_e3nn(model: Any) -> Any:
    """Undo :func:`with_matrix_products`, in place: the model then needs nothing but mace-torch."""
    for interaction in model.interactions:
        if isinstance(interaction.conv_tp, ScalarConvolution):
            interaction.conv_tp = interaction.conv_tp.replaced[0]
            del interaction.conv_fusion
    return model
