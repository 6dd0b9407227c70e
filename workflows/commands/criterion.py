"""`lithicoat criterion`: hold one shear modulus against Monroe and Newman."""

from typing import Annotated

import typer

from lithicoat.workflows.commands.console import out, print_json
from lithicoat.workflows.commands.options import Json

__all__ = ["command"]


def command(
    *,
    shear_modulus: Annotated[float, typer.Option(help="Shear modulus of the coating, GPa.")],
    sigma: Annotated[float | None, typer.Option(help="Its standard uncertainty, GPa.")] = None,
    poisson: Annotated[float | None, typer.Option(help="Poisson's ratio of the coating.")] = None,
    volume_ratio: Annotated[
        float | None, typer.Option(help="v = V(Li+ in the coating) / V(Li in the metal), for chi(k).")
    ] = None,
    thickness: Annotated[float | None, typer.Option(help="Thickness of the film, nm.")] = None,
    wave_number: Annotated[float, typer.Option(help="Wave number of the roughness, 1/m.")] = 1e8,
    li_shear_modulus: Annotated[
        float | None,
        typer.Option(help="Shear modulus of Li, GPa; without it 4.25 in the 2x rule and 3.4 in chi."),
    ] = None,
    json: Json = False,
) -> None:
    """Hold a shear modulus against 2 G_Li. Example: lithicoat criterion --shear-modulus 8 --sigma 2."""
    from lithicoat.analysis.decision.criterion import evaluate

    result = evaluate(
        shear_modulus,
        sigma_GPa=sigma,
        poisson=poisson,
        volume_ratio=volume_ratio,
        thickness_nm=thickness,
        wave_number_1_m=wave_number,
        li_shear_modulus_GPa=li_shear_modulus,
    )
    if json:
        print_json(result)
        return
    spread = f" ± {result.ratio_uncertainty:.2g}" if result.ratio_uncertainty is not None else ""
    verdict = {True: "above", False: "not above", None: "not decided against"}[result.passes]
    out.print(
        f"G/G_Li = {result.ratio:.3g}{spread}: {verdict} the bar of {result.threshold_GPa:.3g} GPa (2 G_Li)"
    )
    if result.probability is not None:
        out.print(f"probability of passing: {result.probability:.2f}")
    if result.chi is not None:
        out.print(
            f"chi = {result.chi.total:.3g} {result.chi.unit} at k = {result.chi.wave_number_1_m:.1e} 1/m "
            f"(hydrostatic {result.chi.hydrostatic:.3g}, deviatoric {result.chi.deviatoric:.3g}, "
            f"surface {result.chi.surface:.2g}); {result.regime.value if result.regime else ''}; "
            + (
                f"stable {result.stable_side} g = {result.g_crit:.2f}"
                if result.g_crit is not None
                else "no g_crit"
            ),
            soft_wrap=True,
        )
    for note in result.notes:
        out.print(f"note: {note}", soft_wrap=True)
