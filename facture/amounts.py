"""Exact amounts: reading what a person typed, the one rounding door, and sharing without losing a cent.

Why: everything here is `Decimal`, and `round_amount` is the only place in the program that rounds money. A second
rounding somewhere else is how a column stops adding up to its total.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext

MAX_ENTIERS = 12
ZERO = Decimal(0)
CENT = Decimal(100)

# Only ASCII digits: `Decimal` itself would take "1e3", "NaN", "1_000" and Arabic digits.
_NOMBRE = re.compile(r"^([+-]?)([0-9]+)(?:[.,]([0-9]+))?$", re.ASCII)


class NombreInvalide(ValueError):
    """The text is not a number as the grammar writes them; `code` is the diagnostic, `advice` the mend."""

    def __init__(self, code: str, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Bornes:
    """What a number may be: digits after the separator, and its least value (None: any)."""

    decimales: int
    minimum: int | None = 0


PRIX = Bornes(6)
QUANTITE = Bornes(4, None)
TAUX = Bornes(4)
# Amounts have the minor unit of their currency, known only once the document is read: 4 is the most ISO 4217 has.
MONTANT = Bornes(4)


def parse_decimal(text: str, bornes: Bornes) -> Decimal:
    """Read `1234.56` or `1234,56`, and nothing else.

    Args:
        text: what the user typed.
        bornes: how many decimals are allowed, and the least value.

    Returns: the exact value, never rounded.

    Raises: NombreInvalide with F205 (not a number), F206 (too many digits) or F207 (out of bounds).
    """
    stripped = text.strip()
    match = _NOMBRE.match(stripped)
    if match is None:
        compact = re.sub(r"[\s\u00a0\u202f']", "", stripped)
        euro = compact.rstrip("€").removesuffix("EUR")
        if compact != stripped and _NOMBRE.match(compact):
            raise NombreInvalide("F205", f"« {text} » : pas d'espace dans un nombre", f"écrivez {compact}")
        if euro != compact and _NOMBRE.match(euro):
            raise NombreInvalide("F205", f"« {text} » : pas de symbole de devise ici", f"écrivez {euro}")
        raise NombreInvalide("F205", f"« {text} » n'est pas un nombre", "écrivez 1234.56 ou 1234,56")
    sign, whole, fraction = match.group(1), match.group(2), match.group(3) or ""
    if len(whole.lstrip("0")) > MAX_ENTIERS:
        raise NombreInvalide("F206", f"« {text} » : plus de {MAX_ENTIERS} chiffres avant la virgule")
    if len(fraction) > bornes.decimales:
        shown = "aucune décimale n'est admise" if not bornes.decimales else f"{bornes.decimales} décimales au plus"
        raise NombreInvalide("F206", f"« {text} » : {shown}", "arrondissez vous-même : rien n'est arrondi en silence")
    value = Decimal(f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}")
    if value == 0:
        # « -0 » is zero, and must never print as anything else.
        value = abs(value)
    if bornes.minimum is not None and value < bornes.minimum:
        raise NombreInvalide("F207", f"« {text} » : au moins {bornes.minimum} est attendu")
    return value


def parse_percent(text: str, bornes: Bornes = TAUX) -> Decimal | None:
    """Read `10 %` or `10%` as percent points, or return None when the text has no percent sign.

    Raises: NombreInvalide as `parse_decimal` does.
    """
    stripped = text.strip()
    if not stripped.endswith("%"):
        return None
    return parse_decimal(stripped[:-1].rstrip(" \u00a0\u202f"), bornes)


def count_decimals(value: Decimal) -> int:
    """Return how many significant decimals a value has: 2 for 1.50 is 1, for 4 is 0."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def round_amount(value: Decimal, decimales: int) -> Decimal:
    """Round half away from zero to the currency's minor unit. The only rounding of money in the program.

    Why: half-up is what a person does with a pencil, and what EN 16931 expects; `round()`, `quantize()` and format
    strings all round half to even.

    Args:
        value: exact amount, in the currency.
        decimales: digits of the minor unit (EUR 2, JPY 0, TND 3).

    Returns: the amount with exactly `decimales` decimals; a zero is never negative.
    """
    with localcontext() as context:
        context.prec = 60
        rounded = value.quantize(Decimal(1).scaleb(-decimales), rounding=ROUND_HALF_UP)
    return rounded.copy_abs() if rounded == 0 else rounded


def share_amount(total: Decimal, weights: Sequence[Decimal], decimales: int) -> list[Decimal]:
    """Split an amount in proportion to weights, to the minor unit, so that the parts add up to it exactly.

    Largest remainder: each part is cut down, then the missing units go one by one to the largest remainders; on a
    tie to the larger weight, then to the first seen.

    Args:
        total: amount to split, already at the minor unit; may be negative.
        weights: non-negative, not all zero unless the total is zero.
        decimales: digits of the minor unit.

    Returns: one amount a weight, in order; they sum to `total`.

    Raises: ValueError when there is something to split and no weight to carry it.
    """
    unit = Decimal(1).scaleb(-decimales)
    whole = sum(weights, ZERO)
    if total == 0:
        return [round_amount(ZERO, decimales) for _ in weights]
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must be non-negative and not all zero")
    sign, size = (-1, -total) if total < 0 else (1, total)
    with localcontext() as context:
        context.prec = 60
        exact = [size * weight / whole for weight in weights]
        parts = [part.quantize(unit, rounding=ROUND_DOWN) for part in exact]
        # Compare remainders as integers over the common denominator: a division's last digit must not decide a tie.
        remainders = [size * weight - part * whole for weight, part in zip(weights, parts, strict=True)]
        missing = int((size - sum(parts, ZERO)) / unit)
        order = sorted(range(len(weights)), key=lambda i: (-remainders[i], -weights[i], i))
        for index in order[:missing]:
            parts[index] += unit
    return [sign * part if part else part for part in parts]


def to_plain(value: Decimal) -> str:
    """Return a quantity or a rate for JSON: "4", "0.5", "5.5"; no exponent, no trailing zero, no "-0"."""
    if value == 0:
        return "0"
    return f"{value.normalize():f}"


def to_amount(value: Decimal, decimales: int) -> str:
    """Return an amount for JSON with the currency's decimals: "1800.00"; never "-0.00".

    Raises: ValueError when the amount holds more digits than its currency: it missed the rounding door.
    """
    if count_decimals(value) > decimales:
        raise ValueError(f"{value} was not rounded to {decimales} decimals")
    text = f"{value:.{decimales}f}"
    return text.lstrip("-") if value == 0 else text


def to_price(value: Decimal, decimales: int) -> str:
    """Return a unit price for JSON: at least the currency's decimals, all those that matter."""
    return f"{abs(value) if value == 0 else value:.{max(decimales, count_decimals(value))}f}"
