"""Delays and late penalties. Every date was found on a calendar."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facture.amounts import NombreInvalide
from facture.echeances import Delai, ReglePenalites, add_months, month_end, parse_delai, parse_penalites

day = dt.date.fromisoformat
NBSP = "\u00a0"


def due(text: str, start: str) -> str:
    delai = parse_delai(text, "echeance")
    assert delai is not None
    return delai.compute_date(day(start)).isoformat()


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        # So many days later.
        ("30 jours", "2026-11-22", "2026-12-22"),
        ("30 jours", "2026-11-01", "2026-12-01"),
        ("30 jours", "2026-12-15", "2027-01-14"),
        ("45 jours", "2026-11-22", "2027-01-06"),
        ("60 jours", "2026-01-15", "2026-03-16"),
        # February has 28 days in 2027, 29 in 2028.
        ("30 jours", "2027-01-31", "2027-03-02"),
        ("30 jours", "2028-01-31", "2028-03-01"),
        ("29 jours", "2028-01-31", "2028-02-29"),
        ("365 jours", "2028-01-01", "2028-12-31"),
        ("1 jour", "2026-12-31", "2027-01-01"),
        ("0 jour", "2026-11-22", "2026-11-22"),
        # The same day some months later, or the last day of a shorter month.
        ("1 mois", "2026-11-22", "2026-12-22"),
        ("1 mois", "2026-12-15", "2027-01-15"),
        ("1 mois", "2027-01-31", "2027-02-28"),
        ("1 mois", "2028-01-31", "2028-02-29"),
        ("1 mois", "2026-10-31", "2026-11-30"),
        ("2 mois", "2026-12-31", "2027-02-28"),
        ("3 mois", "2026-11-30", "2027-02-28"),
        ("12 mois", "2028-02-29", "2029-02-28"),
        ("48 mois", "2028-02-29", "2032-02-29"),
        # The days first, then the end of the month.
        ("45 jours fin de mois", "2026-11-22", "2027-01-31"),
        ("45 jours fin de mois", "2026-01-31", "2026-03-31"),
        ("45 jours fin de mois", "2026-01-01", "2026-02-28"),
        # 15 January + 45: 1 March in 2027, 29 February in 2028.
        ("45 jours fin de mois", "2027-01-15", "2027-03-31"),
        ("45 jours fin de mois", "2028-01-15", "2028-02-29"),
        ("30 jours fin de mois", "2026-12-01", "2026-12-31"),
        ("30 jours fin de mois", "2026-12-02", "2027-01-31"),
        # The end of the month first, then the days.
        ("fin de mois 45 jours", "2026-11-22", "2027-01-14"),
        ("fin de mois 45 jours", "2026-01-31", "2026-03-17"),
        ("fin de mois 45 jours", "2026-01-01", "2026-03-17"),
        ("fin de mois 45 jours", "2027-01-15", "2027-03-17"),
        ("fin de mois 45 jours", "2028-01-15", "2028-03-16"),
        ("fin de mois 30 jours", "2026-02-10", "2026-03-30"),
        ("fin de mois + 30 jours", "2026-02-10", "2026-03-30"),
        ("fin de mois", "2026-11-22", "2026-11-30"),
        ("fin de mois", "2026-11-30", "2026-11-30"),
        ("fin de mois", "2028-02-01", "2028-02-29"),
        # A day of the month that follows.
        ("30 jours fin de mois le 10", "2026-11-22", "2027-01-10"),
        ("30 jours fin de mois le 10", "2026-10-01", "2026-11-10"),
        ("45 jours fin de mois le 10", "2026-11-22", "2027-02-10"),
        ("30 jours fin de mois le 31", "2026-12-15", "2027-02-28"),
        ("fin de mois le 10", "2026-11-22", "2026-12-10"),
        ("fin de mois le 5", "2026-12-31", "2027-01-05"),
        # The day itself.
        ("à réception", "2026-11-22", "2026-11-22"),
    ],
)
def test_due_dates_found_on_a_calendar(text: str, start: str, expected: str) -> None:
    """Each way of writing a delay gives the date that a person finds with a calendar."""
    assert due(text, start) == expected


@pytest.mark.parametrize(
    ("writings", "delai"),
    [
        (["30 jours", "30 JOURS", "30 jour", "30j", "30 j", "30jours", "30 jours nets"], Delai(jours=30)),
        ([f"30{NBSP}jours", "30  jours", " 30 jours "], Delai(jours=30)),
        (["1 mois", "1  MOIS", " 1 mois "], Delai(mois=1)),
        (
            ["45 jours fin de mois", "45 Jours Fin De Mois", "45j fin de mois", "45  jours  fin  de  mois"],
            Delai(jours=45, fin_de_mois="apres"),
        ),
        (["fin de mois 45 jours", "fin de mois + 45 jours", "fin de mois +45 j"], Delai(jours=45, fin_de_mois="avant")),
        (
            ["à réception", "a reception", "À RÉCEPTION", "à réception de facture", "à réception de la facture"],
            Delai(),
        ),
        (["dès réception", "des la reception", "comptant", "Comptant"], Delai()),
        (["30 jours fin de mois le 10"], Delai(jours=30, fin_de_mois="apres", le=10)),
    ],
)
def test_accents_case_and_spaces_do_not_matter(writings: list[str], delai: Delai) -> None:
    """People write the same delay in several ways."""
    assert [parse_delai(text, "echeance") for text in writings] == [delai] * len(writings)


@pytest.mark.parametrize(
    "text",
    [
        *("", "30", "jours", "mois", "trente jours", "-30 jours", "+30 jours", "30,5 jours", "1000 jours", "100 mois"),
        *("30 jours ouvrés", "30 jours le 10", "45 jours fin de", "45 jours fin de mois le", "fin de mois 45"),
        *("fin de mois le 0", "30 jours fin de mois le 0", "30 jours fin de mois le 32", "sous huitaine", "bientôt"),
        # Digits of another script are no figures here.
        *("٣٠ jours", "٣ mois", "fin de mois ٤٥ jours", "\uff13\uff10 jours", "² mois"),
        "45 jours fin de mois le \u0661\u0660",
    ],
)
def test_an_unknown_delay_is_not_guessed(text: str) -> None:
    """What is not one of the known ways is refused, in an échéance and in a validité."""
    assert parse_delai(text, "echeance") is None
    assert parse_delai(text, "validite") is None


@pytest.mark.parametrize(
    "text",
    [
        *("45 jours fin de mois", "fin de mois", "fin de mois 45 jours", "30 jours fin de mois le 10"),
        *("à réception", "comptant"),
    ],
)
def test_an_offer_stands_for_days_or_months(text: str) -> None:
    """The other ways are those of a payment."""
    assert parse_delai(text, "validite") is None
    assert parse_delai("30 jours", "validite") == Delai(jours=30)
    assert parse_delai("1 mois", "validite") == Delai(mois=1)


def test_a_date_is_its_own_delay() -> None:
    """An actual date does not move with the document's."""
    delai = Delai(date=day("2026-12-22"))
    assert delai.compute_date(day("2026-11-22")) == day("2026-12-22")
    assert not delai.a_reception


@pytest.mark.parametrize(
    ("text", "expected"),
    [("à réception", True), ("0 jours", True), ("30 jours", False), ("1 mois", False), ("fin de mois", False)],
)
def test_due_on_the_day_of_the_document(text: str, expected: bool) -> None:
    """`à réception` is due at once; the end of the month is not."""
    delai = parse_delai(text, "echeance")
    assert delai is not None
    assert delai.a_reception is expected


dates = st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31))


@given(dates, st.integers(0, 999), st.sampled_from(["", "apres", "avant"]), st.integers(0, 31))
def test_no_payment_is_due_before_its_document(start: dt.date, jours: int, fin: str, le: int) -> None:
    """The later the days, the later the date; the end of a month ends a month."""
    delai = Delai(jours=jours, fin_de_mois=fin, le=le if fin else 0)  # type: ignore[arg-type]
    end = delai.compute_date(start)
    assert end >= start + dt.timedelta(days=jours)
    if fin == "apres" and not le:
        assert (end + dt.timedelta(days=1)).day == 1
    if fin and le:
        assert end.day == le or (end.day < le and (end + dt.timedelta(days=1)).day == 1)


@given(dates, st.integers(0, 99))
def test_months_keep_the_day_or_take_the_last(start: dt.date, months: int) -> None:
    """So many months later it is the same day, or the last day of a month that has no such day."""
    end = add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end == month_end(end) and end.day < start.day)


# --- Penalties


@pytest.mark.parametrize(
    ("text", "base", "value", "normal"),
    [
        ("bce+10", "bce", "10", "bce+10"),
        ("BCE + 10", "bce", "10", "bce+10"),
        ("bce +10 points", "bce", "10", "bce+10"),
        ("bce+10 %", "bce", "10", "bce+10"),
        ("bce+8", "bce", "8", "bce+8"),
        ("bce+8,50", "bce", "8.5", "bce+8.5"),
        ("bce+0", "bce", "0", "bce+0"),
        ("legal", "legal", "1", "legal"),
        ("légal", "legal", "1", "legal"),
        ("Légal", "legal", "1", "legal"),
        ("legal x 1", "legal", "1", "legal"),
        ("legal x 3", "legal", "3", "legal x 3"),
        ("légal × 3", "legal", "3", "legal x 3"),
        ("legal*3", "legal", "3", "legal x 3"),
        ("3 x legal", "legal", "3", "legal x 3"),
        ("3x légal", "legal", "3", "legal x 3"),
        ("4,5 x legal", "legal", "4.5", "legal x 4.5"),
        ("12 %", "fixe", "12", "12 %"),
        ("12%", "fixe", "12", "12 %"),
        ("12,50 %", "fixe", "12.5", "12.5 %"),
        (f"12{NBSP}%", "fixe", "12", "12 %"),
    ],
)
def test_each_rule_of_penalties_has_one_normal_writing(text: str, base: str, value: str, normal: str) -> None:
    """Read from any of its writings, a rule is said in one."""
    rule = parse_penalites(text)
    assert rule == ReglePenalites(base, Decimal(value))  # type: ignore[arg-type]
    assert str(rule) == normal
    assert parse_penalites(str(rule)) == rule


@pytest.mark.parametrize(
    "text",
    [
        *("", "bce", "bce+", "bce 10", "bce-1", "bce+-1", "bce+dix", "fed+3", "legal x", "x legal", "legal x -1"),
        *("legal 3", "12", "douze %", "% 12", "-12 %", "12 % par an", "1e1 %", "taux légal"),
        *("\u0661\u0662 %", "bce+\u0661\u0660"),
    ],
)
def test_an_unknown_rule_of_penalties_is_not_guessed(text: str) -> None:
    """What is not one of the three rules is refused."""
    assert parse_penalites(text) is None


@pytest.mark.parametrize("text", ["bce+1,12345", "12,12345 %", "legal x 1.00001", "1000000000000 %"])
def test_a_rule_with_too_many_digits_is_refused(text: str) -> None:
    """A rate has four decimals at most, and is never rounded."""
    with pytest.raises(NombreInvalide) as caught:
        parse_penalites(text)
    assert caught.value.code == "F206"
