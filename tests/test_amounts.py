"""Reading figures, the one rounding door, and sharing to the cent. Expected values are worked with a pencil."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facture.amounts import (
    MONTANT,
    PRIX,
    QUANTITE,
    TAUX,
    Bornes,
    NombreInvalide,
    count_decimals,
    parse_decimal,
    parse_percent,
    round_amount,
    share_amount,
    to_amount,
    to_plain,
    to_price,
)

NBSP, NNBSP = "\u00a0", "\u202f"


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


# --- Reading


@pytest.mark.parametrize(
    ("text", "bornes", "expected"),
    [
        ("0", PRIX, "0"),
        ("450", PRIX, "450"),
        ("1234.56", PRIX, "1234.56"),
        ("1234,56", PRIX, "1234.56"),
        ("  12,5  ", PRIX, "12.5"),
        ("007", PRIX, "7"),
        ("0.000001", PRIX, "0.000001"),
        ("999999999999", PRIX, "999999999999"),
        ("999999999999,999999", PRIX, "999999999999.999999"),
        # Zeros in front are no digits.
        ("0000000000001", PRIX, "1"),
        ("-2,5", QUANTITE, "-2.5"),
        ("-0", QUANTITE, "0"),
        ("-0,0000", QUANTITE, "0"),
        ("+3", QUANTITE, "3"),
        ("0,0001", QUANTITE, "0.0001"),
        ("5.5", TAUX, "5.5"),
        ("1500", Bornes(0), "1500"),
    ],
)
def test_a_number_is_digits_with_one_point_or_one_comma(text: str, bornes: Bornes, expected: str) -> None:
    """`1234.56` and `1234,56` are read exactly, whatever their length, and nothing is rounded."""
    assert parse_decimal(text, bornes) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "bornes", "code"),
    [
        ("", PRIX, "F205"),
        ("abc", PRIX, "F205"),
        ("1 500", PRIX, "F205"),
        (f"1{NBSP}500", PRIX, "F205"),
        (f"1{NNBSP}500,00", PRIX, "F205"),
        ("1'500", PRIX, "F205"),
        ("1e3", PRIX, "F205"),
        ("1E+3", PRIX, "F205"),
        ("NaN", PRIX, "F205"),
        ("Infinity", PRIX, "F205"),
        ("-inf", QUANTITE, "F205"),
        ("1_000", PRIX, "F205"),
        # The digits that `Decimal` would take: Arabic, full width.
        ("١٢", PRIX, "F205"),
        ("1٢", PRIX, "F205"),
        ("\uff11\uff12", PRIX, "F205"),
        ("²", PRIX, "F205"),
        ("½", PRIX, "F205"),
        ("1.234,56", PRIX, "F205"),
        ("1,234.56", PRIX, "F205"),
        ("1.234.567", PRIX, "F205"),
        ("12,", PRIX, "F205"),
        ("12.", PRIX, "F205"),
        (".5", PRIX, "F205"),
        (",5", PRIX, "F205"),
        ("--1", QUANTITE, "F205"),
        ("- 1", QUANTITE, "F205"),
        ("−1", QUANTITE, "F205"),
        ("0x1F", PRIX, "F205"),
        ("1/2", PRIX, "F205"),
        ("450 €", PRIX, "F205"),
        ("€450", PRIX, "F205"),
        ("450 EUR", PRIX, "F205"),
        ("10 %", QUANTITE, "F205"),
        ("12\n13", PRIX, "F205"),
        ("1000000000000", PRIX, "F206"),
        ("1000000000000,00", QUANTITE, "F206"),
        ("0.0000001", PRIX, "F206"),
        ("0.0000000", PRIX, "F206"),
        ("1,00001", QUANTITE, "F206"),
        ("5,55555", TAUX, "F206"),
        ("0.00001", MONTANT, "F206"),
        ("1.0", Bornes(0), "F206"),
        ("-1", PRIX, "F207"),
        ("-0.000001", PRIX, "F207"),
        ("-5,5", TAUX, "F207"),
        ("0", Bornes(0, 1), "F207"),
    ],
)
def test_everything_else_is_refused(text: str, bornes: Bornes, code: str) -> None:
    """No exponent, no grouping, no symbol, no foreign digit: a figure that can be read two ways is not read."""
    with pytest.raises(NombreInvalide) as caught:
        parse_decimal(text, bornes)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("1 500", "« 1 500 » : pas d'espace dans un nombre", "écrivez 1500"),
        (f"1{NBSP}500,50", f"« 1{NBSP}500,50 » : pas d'espace dans un nombre", "écrivez 1500,50"),
        ("450 €", "« 450 € » : pas de symbole de devise ici", "écrivez 450"),
        ("1 500 €", "« 1 500 € » : pas de symbole de devise ici", "écrivez 1500"),
        ("450,50EUR", "« 450,50EUR » : pas de symbole de devise ici", "écrivez 450,50"),
        ("douze", "« douze » n'est pas un nombre", "écrivez 1234.56 ou 1234,56"),
        ("1000000000000", "« 1000000000000 » : plus de 12 chiffres avant la virgule", ""),
    ],
)
def test_the_refusal_says_what_to_write(text: str, message: str, advice: str) -> None:
    """The most common slips get the figure to type instead."""
    with pytest.raises(NombreInvalide) as caught:
        parse_decimal(text, PRIX)
    assert (str(caught.value), caught.value.advice) == (message, advice)


@given(st.text(alphabet="0123456789.,+-eE_ NaInf٣²€", max_size=20))
def test_what_is_read_is_what_the_digits_say(text: str) -> None:
    """Whatever is typed is either refused with a code, or worth its digits over a power of ten."""
    try:
        value = parse_decimal(text, Bornes(6, None))
    except NombreInvalide as error:
        assert error.code in {"F205", "F206", "F207"}
        return
    bare = text.strip()
    sign = -1 if bare.startswith("-") else 1
    whole, _, fraction = bare.lstrip("+-").replace(",", ".").partition(".")
    assert set(whole + fraction) <= set("0123456789")
    assert whole
    assert Fraction(value) == sign * Fraction(int(whole + fraction), 10 ** len(fraction))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10 %", "10"),
        ("10%", "10"),
        ("5,5 %", "5.5"),
        ("5.5%", "5.5"),
        (f"20{NBSP}%", "20"),
        (f"20{NNBSP}%", "20"),
        ("  100 %  ", "100"),
        ("0 %", "0"),
        ("10", None),
        ("", None),
        ("dix", None),
    ],
)
def test_a_rate_ends_with_a_percent_sign(text: str, expected: str | None) -> None:
    """With the sign a number is percent points; without it the text is not a rate."""
    assert parse_percent(text) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("text", "code"),
    [("%", "F205"), ("dix %", "F205"), ("10 %%", "F205"), ("1 0 %", "F205"), ("5,55555 %", "F206"), ("-5 %", "F207")],
)
def test_a_bad_rate_is_refused_as_a_number_is(text: str, code: str) -> None:
    """The percent sign opens no door."""
    with pytest.raises(NombreInvalide) as caught:
        parse_percent(text)
    assert caught.value.code == code


# --- Rounding


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        # The ties that `round()`, `quantize()` and format strings send to the even digit.
        ("0.005", 2, "0.01"),
        ("0.015", 2, "0.02"),
        ("0.025", 2, "0.03"),
        ("1.005", 2, "1.01"),
        ("2.675", 2, "2.68"),
        ("1.115", 2, "1.12"),
        ("-0.005", 2, "-0.01"),
        ("-0.025", 2, "-0.03"),
        ("-1.005", 2, "-1.01"),
        ("0.0049999999", 2, "0.00"),
        ("0.0050000001", 2, "0.01"),
        ("-0.0049", 2, "0.00"),
        ("0", 2, "0.00"),
        ("-0", 2, "0.00"),
        ("12", 2, "12.00"),
        ("1E+3", 2, "1000.00"),
        ("0.5", 0, "1"),
        ("1.5", 0, "2"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("-0.4", 0, "0"),
        ("1.2345", 3, "1.235"),
        ("1.2344999", 3, "1.234"),
        ("-1.2345", 3, "-1.235"),
        ("0.00005", 4, "0.0001"),
        ("999999999999.995", 2, "1000000000000.00"),
        ("123456789012345678901234.125", 2, "123456789012345678901234.13"),
    ],
)
def test_half_a_unit_goes_away_from_zero(value: str, digits: int, expected: str) -> None:
    """Half-up on both sides of zero, with exactly the digits of the currency, and no negative zero."""
    assert str(round_amount(Decimal(value), digits)) == expected


@given(st.integers(-(10**18), 10**18), st.integers(0, 9), st.sampled_from([0, 2, 3]))
def test_rounding_agrees_with_whole_numbers(scaled: int, places: int, digits: int) -> None:
    """The same rounding done on fractions, without any decimal, gives the same amount."""
    value = Decimal(scaled).scaleb(-places)
    exact = abs(Fraction(scaled, 10**places)) * 10**digits
    units = (2 * exact + 1) // 2
    rounded = round_amount(value, digits)
    assert Fraction(rounded) * 10**digits == (-units if scaled < 0 else units)
    assert rounded.as_tuple().exponent == -digits
    assert not (rounded == 0 and rounded.is_signed())


# --- Sharing


@pytest.mark.parametrize(
    ("total", "weights", "digits", "expected"),
    [
        # A third each: one cent is left, all remainders and weights are equal, the first seen takes it.
        ("1.00", ["1", "1", "1"], 2, ["0.34", "0.33", "0.33"]),
        ("0.01", ["1", "1"], 2, ["0.01", "0.00"]),
        ("0.03", ["5", "5"], 2, ["0.02", "0.01"]),
        # 1.25 and 3.75 cents: the larger remainder.
        ("0.05", ["1", "3"], 2, ["0.01", "0.04"]),
        # 3.75 and 1.25 cents: the same, whatever the order.
        ("0.05", ["3", "1"], 2, ["0.04", "0.01"]),
        # 0.5 and 1.5 cents: remainders tie, the larger weight takes the cent, first or not.
        ("0.02", ["1", "3"], 2, ["0.00", "0.02"]),
        ("0.02", ["3", "1"], 2, ["0.02", "0.00"]),
        # 1.75 and 5.25 cents: the larger remainder, though it is the smaller weight.
        ("0.07", ["1", "3"], 2, ["0.02", "0.05"]),
        # 480.545, 200.327 and 103.128 cents.
        ("7.84", ["59.97", "25.00", "12.87"], 2, ["4.81", "2.00", "1.03"]),
        # 8.75 and 91.25 cents.
        ("1.00", ["7", "73"], 2, ["0.09", "0.91"]),
        # 250.5, 751.5 and 501 cents.
        ("15.03", ["100.20", "300.60", "200.40"], 2, ["2.50", "7.52", "5.01"]),
        # 0.875 cent each: seven cents for the first seven.
        ("0.07", ["1"] * 8, 2, ["0.01"] * 7 + ["0.00"]),
        ("0.00", ["1", "2"], 2, ["0.00", "0.00"]),
        ("0", ["0", "0"], 2, ["0.00", "0.00"]),
        ("0", [], 2, []),
        ("1.00", ["0", "5"], 2, ["0.00", "1.00"]),
        ("1.00", ["0.000001"], 2, ["1.00"]),
        ("-1.00", ["1", "1", "1"], 2, ["-0.34", "-0.33", "-0.33"]),
        ("-0.02", ["1", "3"], 2, ["0.00", "-0.02"]),
        ("100", ["1", "1", "1"], 0, ["34", "33", "33"]),
        ("0.100", ["1", "1", "1"], 3, ["0.034", "0.033", "0.033"]),
        # 30 %, 40 % and 30 % of 1 846.81: 554.043, 738.724, 554.043; one cent left, to .4 of a cent.
        ("1846.81", ["30", "40", "30"], 2, ["554.04", "738.73", "554.04"]),
    ],
)
def test_shares_worked_by_hand(total: str, weights: list[str], digits: int, expected: list[str]) -> None:
    """Floor, then the units left to the largest remainders; ties to the larger weight, then to the first seen."""
    assert [str(part) for part in share_amount(Decimal(total), decimals(*weights), digits)] == expected


@pytest.mark.parametrize("weights", [[], ["0"], ["0", "0"], ["-1"], ["2", "-1"], ["-1", "2"]])
def test_nothing_is_shared_over_nothing(weights: list[str]) -> None:
    """An amount with no weight to carry it, or a negative weight, is a mistake of ours, not a division by zero."""
    with pytest.raises(ValueError, match="weights"):
        share_amount(Decimal("1.00"), decimals(*weights), 2)


weights_lists = st.lists(st.decimals(min_value=0, max_value=10**9, places=2), min_size=1, max_size=8).filter(any)
amounts = st.integers(-(10**11), 10**11)


@given(amounts, weights_lists, st.sampled_from([0, 2, 3]))
def test_shares_sum_to_the_total_and_stay_within_one_unit(units: int, weights: list[Decimal], digits: int) -> None:
    """No cent is lost, none is moved further than its neighbour, and no part is a negative zero."""
    unit = Decimal(1).scaleb(-digits)
    total = units * unit
    parts = share_amount(total, weights, digits)
    assert len(parts) == len(weights)
    assert sum(parts) == total
    whole = sum(Fraction(weight) for weight in weights)
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(total) * Fraction(weight) / whole
        assert abs(Fraction(part) - exact) < Fraction(unit)
        assert part.as_tuple().exponent == -digits
        assert not (part == 0 and part.is_signed())
        assert part * total >= 0


@given(amounts, weights_lists)
def test_the_units_left_go_to_the_largest_remainders(units: int, weights: list[Decimal]) -> None:
    """A part that was cut down never lost more than a part that was rounded up had to gain."""
    parts = share_amount(abs(units) * Decimal("0.01"), weights, 2)
    whole = sum(Fraction(weight) for weight in weights)
    exact = [abs(units) * Fraction(weight) / whole for weight in weights]
    cut = [value % 1 for value, part in zip(exact, parts, strict=True) if Fraction(part) * 100 <= value]
    raised = [value % 1 for value, part in zip(exact, parts, strict=True) if Fraction(part) * 100 > value]
    assert not raised or max(cut, default=Fraction(0)) <= min(raised)


@given(amounts, weights_lists)
def test_a_larger_weight_never_gets_less(units: int, weights: list[Decimal]) -> None:
    """A larger weight has at least the part of a smaller one; of two equal ones the first is served first."""
    parts = [abs(part) for part in share_amount(units * Decimal("0.01"), weights, 2)]
    for i, weight in enumerate(weights):
        for j, other in enumerate(weights):
            if weight > other or (weight == other and i < j):
                assert parts[i] >= parts[j]


@given(amounts, weights_lists, st.randoms(use_true_random=False))
def test_the_order_of_different_weights_does_not_matter(units: int, weights: list[Decimal], random: Random) -> None:
    """Moving the weights moves their parts along; equal weights keep the same parts between them."""
    total = units * Decimal("0.01")
    shuffled = list(weights)
    random.shuffle(shuffled)
    pairs = zip(weights, share_amount(total, weights, 2), strict=True)
    moved = zip(shuffled, share_amount(total, shuffled, 2), strict=True)
    assert sorted(pairs) == sorted(moved)


@given(amounts, weights_lists)
def test_a_negative_total_mirrors_the_positive_one(units: int, weights: list[Decimal]) -> None:
    """What is taken back is shared as what was billed."""
    total = units * Decimal("0.01")
    assert share_amount(-total, weights, 2) == [-part for part in share_amount(total, weights, 2)]


# --- Writing for JSON


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("4", "4"),
        ("4.00", "4"),
        ("0.50", "0.5"),
        ("5.5", "5.5"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("0.0001", "0.0001"),
        ("0", "0"),
        ("0.000", "0"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("-2.50", "-2.5"),
        ("999999999999.999999", "999999999999.999999"),
    ],
)
def test_quantities_and_rates_are_plain(value: str, expected: str) -> None:
    """No exponent, no zero that says nothing, no negative zero."""
    assert to_plain(Decimal(value)) == expected


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        ("1800", 2, "1800.00"),
        ("1800.5", 2, "1800.50"),
        ("1E+3", 2, "1000.00"),
        ("0", 2, "0.00"),
        ("-0.00", 2, "0.00"),
        ("-0", 0, "0"),
        ("-1.5", 2, "-1.50"),
        ("1234", 0, "1234"),
        ("1.5", 3, "1.500"),
        ("1.500000", 2, "1.50"),
        ("999999999999.99", 2, "999999999999.99"),
    ],
)
def test_amounts_have_the_digits_of_their_currency(value: str, digits: int, expected: str) -> None:
    """As many decimals as the currency has, and no negative zero."""
    assert to_amount(Decimal(value), digits) == expected


@pytest.mark.parametrize(("value", "digits"), [("0.001", 2), ("1.5", 0), ("-0.0001", 3)])
def test_an_amount_that_missed_the_rounding_door_is_a_bug(value: str, digits: int) -> None:
    """Printing would round it to even, in silence: it is refused instead."""
    with pytest.raises(ValueError, match="not rounded"):
        to_amount(Decimal(value), digits)


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        ("450", 2, "450.00"),
        ("450.5", 2, "450.50"),
        ("0.085", 2, "0.085"),
        ("1.850000", 2, "1.85"),
        ("0.000001", 2, "0.000001"),
        ("12.3455", 3, "12.3455"),
        ("1500", 0, "1500"),
        ("1500.5", 0, "1500.5"),
        ("0", 2, "0.00"),
        ("-0", 2, "0.00"),
        ("-0.000", 2, "0.00"),
    ],
)
def test_unit_prices_keep_what_was_typed(value: str, digits: int, expected: str) -> None:
    """At least the currency's decimals, all those that matter, and no negative zero."""
    assert to_price(Decimal(value), digits) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("1.50", 1), ("4", 0), ("4.00", 0), ("100", 0), ("1E+3", 0), ("0.0001", 4), ("0.00", 0)]
)
def test_zeros_at_the_end_are_no_decimals(value: str, expected: int) -> None:
    """1.50 has one decimal that matters, 4.00 has none."""
    assert count_decimals(Decimal(value)) == expected
