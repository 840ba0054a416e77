"""Late interest. Tables are worked by hand, to the ten-thousandth; then a plain count of days checks random claims.

Rates used below: ECB 2.15 until 30 June 2026 and 2.40 from 1 July, so 12.15 and 12.40 with 10 points; 14.50 and 14.25
in 2024; legal ("autres cas") 2.62 then 2.75 in 2026, 5.07 then 4.92 in 2024.
"""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from facture.droit import load_table
from facture.echeances import ReglePenalites, parse_penalites
from facture.penalites import Creance, Decompte, Mouvement, TropPercu, compute_decompte, to_json
from facture.projet import Projet
from facture.taux import Bareme, Taux, TauxAbsent, load_bareme

day = dt.date.fromisoformat
UN_JOUR = dt.timedelta(days=1)
BAREME = load_bareme(Projet(Path("/nulle-part")))


def rule(text: str) -> ReglePenalites:
    regle = parse_penalites(text)
    assert regle is not None
    return regle


def paid(date: str, montant: str) -> Mouvement:
    return Mouvement(day(date), Decimal(montant), "reglement")


def credited(date: str, montant: str) -> Mouvement:
    return Mouvement(day(date), Decimal(montant), "avoir")


def claim(principal: str, echeance: str, *mouvements: Mouvement, regle: str = "bce+10", **facts: Any) -> Creance:
    facts = {"qualite": "professionnel", **facts}
    return Creance(Decimal(principal), day(echeance), rule(regle), mouvements=mouvements, **facts)


def run(creance: Creance, arrete_au: str) -> Decompte:
    return compute_decompte(creance, day(arrete_au), BAREME)


def rows(decompte: Decompte) -> list[str]:
    """Return each row on one line: first day, last day, days, rate, base, interest."""
    return [" ".join(str(value) for value in row.values()) for row in to_json(decompte)["tranches"]]


# --- Tables worked by hand

D1200 = claim("1200", "2026-06-15")
D10000 = claim("10000", "2026-05-01")
PAYE = paid("2026-07-20", "3000")

CAS = {
    # 1200 x 12.15 x 15 / 36500 = 5.9918 ; 1200 x 12.40 x 10 / 36500 = 4.0767 ; sum 10.0685.
    # 5.99 + 4.07 leave one cent, for the larger remainder (0.67 of a cent against 0.18).
    "across-a-half-year": (
        D1200,
        "2026-07-10",
        ["2026-06-16 2026-06-30 15 12.15 1200.00 5.99", "2026-07-01 2026-07-10 10 12.40 1200.00 4.08"],
        ("10.07", "40.00", "1250.07"),
    ),
    # 30 days of May, 30 of June: 10000 x 12.15 x 60 / 36500 = 199.7260 ; 31 + 31 + 1 days: 10000 x 12.40 x 63 / 36500
    # = 214.0274 ; sum 413.7534, one round: 413.75, when 199.73 + 214.03 would make 413.76.
    "one-rounding-a-period": (
        D10000,
        "2026-09-01",
        ["2026-05-02 2026-06-30 60 12.15 10000.00 199.72", "2026-07-01 2026-09-01 63 12.40 10000.00 214.03"],
        ("413.75", "40.00", "10453.75"),
    ),
    # 60 days 199.7260, then 20 days 10000 x 12.40 x 20 / 36500 = 67.9452: 267.6712 -> 267.67, in full from the 3000;
    # 2732.33 pay the principal: 7267.67 x 12.40 x 43 / 36500 = 106.1677. Total 10000 + 373.84 + 40 - 3000.
    "part-payment": (
        claim("10000", "2026-05-01", PAYE),
        "2026-09-01",
        [
            "2026-05-02 2026-06-30 60 12.15 10000.00 199.73",
            "2026-07-01 2026-07-20 20 12.40 10000.00 67.94",
            "2026-07-21 2026-09-01 43 12.40 7267.67 106.17",
        ],
        ("373.84", "40.00", "7413.84"),
    ),
    # The same 267.67; all of the 3000 to the principal: 7000 x 12.40 x 43 / 36500 = 102.2575. 369.93.
    "part-payment-on-principal": (
        claim("10000", "2026-05-01", PAYE, imputation="principal"),
        "2026-09-01",
        [
            "2026-05-02 2026-06-30 60 12.15 10000.00 199.73",
            "2026-07-01 2026-07-20 20 12.40 10000.00 67.94",
            "2026-07-21 2026-09-01 43 12.40 7000.00 102.26",
        ],
        ("369.93", "40.00", "7409.93"),
    ),
    # The day of the avoir already bears 7000: 60 days 199.7260, 19 days 10000 x 12.40 x 19 / 36500 = 64.5479,
    # 12 + 31 + 1 days 7000 x 12.40 x 44 / 36500 = 104.6356. One period: 368.9096 -> 368.91, and two cents for the
    # larger remainders of 199.72, 64.54 and 104.63 (0.60, 0.79 and 0.56 of a cent).
    "avoir": (
        claim("10000", "2026-05-01", credited("2026-07-20", "3000")),
        "2026-09-01",
        [
            "2026-05-02 2026-06-30 60 12.15 10000.00 199.73",
            "2026-07-01 2026-07-19 19 12.40 10000.00 64.55",
            "2026-07-20 2026-09-01 44 12.40 7000.00 104.63",
        ],
        ("368.91", "40.00", "7408.91"),
    ),
    # The avoir counts before the payment of its day, which earned on 5000: 10000 x 12.15 x 60 / 36500 = 199.7260,
    # 10000 x 12.40 x 19 / 36500 = 64.5479, 5000 x 12.40 x 1 / 36500 = 1.6986: 265.9726 -> 265.97, two cents more than
    # 199.72, 64.54 and 1.69 (remainders 0.60, 0.79 and 0.86). 4000 pay it and 3734.03 of the 5000 left:
    # 1265.97 x 12.40 x 43 / 36500 = 18.4936.
    "avoir-and-payment-of-one-day": (
        claim("10000", "2026-05-01", paid("2026-07-20", "4000"), credited("2026-07-20", "5000")),
        "2026-09-01",
        [
            "2026-05-02 2026-06-30 60 12.15 10000.00 199.72",
            "2026-07-01 2026-07-19 19 12.40 10000.00 64.55",
            "2026-07-20 2026-07-20 1 12.40 5000.00 1.70",
            "2026-07-21 2026-09-01 43 12.40 1265.97 18.49",
        ],
        ("284.46", "40.00", "1324.46"),
    ),
    # Published: 14.25 % in the second half of 2024 (4.25 on 1 July), not the 13.65 of September.
    # 10000 x 14.25 x 31 / 36500 = 121.0274.
    "second-half-of-2024": (
        claim("10000", "2024-06-30"),
        "2024-07-31",
        ["2024-07-01 2024-07-31 31 14.25 10000.00 121.03"],
        ("121.03", "40.00", "10161.03"),
    ),
    # ECB at zero: half-years have the same rate, and are cut all the same. 1000 x 10 x 184 / 36500 = 50.4110,
    # x 181 = 49.5890, x 1 = 0.2740: 100.2740 -> 100.27.
    "equal-rates-are-cut": (
        claim("1000", "2020-06-30"),
        "2021-07-01",
        [
            "2020-07-01 2020-12-31 184 10.00 1000.00 50.41",
            "2021-01-01 2021-06-30 181 10.00 1000.00 49.59",
            "2021-07-01 2021-07-01 1 10.00 1000.00 0.27",
        ],
        ("100.27", "40.00", "1140.27"),
    ),
    # A fixed rate is not cut: 1200 x 12 x 25 / 36500 = 9.8630.
    "fixed-rate": (
        claim("1200", "2026-06-15", regle="12 %"),
        "2026-07-10",
        ["2026-06-16 2026-07-10 25 12.00 1200.00 9.86"],
        ("9.86", "40.00", "1249.86"),
    ),
    # 3 x 2.62 = 7.86 ; 3 x 2.75 = 8.25. 1200 x 7.86 x 15 / 36500 = 3.8762 ; 1200 x 8.25 x 10 / 36500 = 2.7123 ; 6.5885.
    "three-times-legal": (
        claim("1200", "2026-06-15", regle="legal x 3"),
        "2026-07-10",
        ["2026-06-16 2026-06-30 15 7.86 1200.00 3.88", "2026-07-01 2026-07-10 10 8.25 1200.00 2.71"],
        ("6.59", "40.00", "1246.59"),
    ),
    # 2.15 + 8, and it stays: 1200 x 10.15 x 25 / 36500 = 8.3425.
    "public-rate-is-fixed": (
        claim("1200", "2026-06-15", regle="bce+8", qualite="public"),
        "2026-07-10",
        ["2026-06-16 2026-07-10 25 10.15 1200.00 8.34"],
        ("8.34", "40.00", "1248.34"),
    ),
    # Due on 30 June, interest begins on 1 July: 2.40 + 8. 1200 x 10.40 x 10 / 36500 = 3.4192.
    "public-rate-of-the-first-day": (
        claim("1200", "2026-06-30", regle="bce+8", qualite="public"),
        "2026-07-10",
        ["2026-07-01 2026-07-10 10 10.40 1200.00 3.42"],
        ("3.42", "40.00", "1243.42"),
    ),
    # The rate of June stays after a payment of July: 1200 x 10.15 x 20 / 36500 = 6.6740, which 600 pay with 593.33 of
    # the principal ; 606.67 x 10.15 x 5 / 36500 = 0.8435.
    "public-rate-after-a-payment": (
        claim("1200", "2026-06-15", paid("2026-07-05", "600"), regle="bce+8", qualite="public"),
        "2026-07-10",
        ["2026-06-16 2026-07-05 20 10.15 1200.00 6.67", "2026-07-06 2026-07-10 5 10.15 606.67 0.84"],
        ("7.51", "40.00", "647.51"),
    ),
    "particulier-without-notice": (
        claim("1200", "2026-06-15", regle="legal", qualite="particulier"),
        "2026-07-10",
        [],
        ("0.00", "0.00", "1200.00"),
    ),
    # From the day after the notice: 1200 x 2.62 x 5 / 36500 = 0.4307 ; 1200 x 2.75 x 10 / 36500 = 0.9041 ; 1.3348.
    "particulier-on-notice": (
        claim("1200", "2026-06-15", regle="legal", qualite="particulier", mise_en_demeure=day("2026-06-25")),
        "2026-07-10",
        ["2026-06-26 2026-06-30 5 2.62 1200.00 0.43", "2026-07-01 2026-07-10 10 2.75 1200.00 0.90"],
        ("1.33", "0.00", "1201.33"),
    ),
    # A notice before the due date hastens nothing: 15 days, 1200 x 2.62 x 15 / 36500 = 1.2921, with 0.9041 = 2.1962.
    "particulier-on-notice-early": (
        claim("1200", "2026-06-15", regle="legal", qualite="particulier", mise_en_demeure=day("2026-06-01")),
        "2026-07-10",
        ["2026-06-16 2026-06-30 15 2.62 1200.00 1.29", "2026-07-01 2026-07-10 10 2.75 1200.00 0.91"],
        ("2.20", "0.00", "1202.20"),
    ),
    # Judgment on 6 July: 5 July is the last day. 5.9918 + 1200 x 12.40 x 5 / 36500 = 2.0384 ; 8.0301.
    "procedure": (
        claim("1200", "2026-06-15", procedure_collective=day("2026-07-06")),
        "2026-07-10",
        ["2026-06-16 2026-06-30 15 12.15 1200.00 5.99", "2026-07-01 2026-07-05 5 12.40 1200.00 2.04"],
        ("8.03", "40.00", "1248.03"),
    ),
    # The debtor was not free to pay on the due date: neither interest nor 40 €.
    "procedure-on-the-due-date": (
        claim("1200", "2026-06-15", procedure_collective=day("2026-06-15")),
        "2026-07-10",
        [],
        ("0.00", "0.00", "1200.00"),
    ),
    # It was free that day, and late the next: 40 €, and no day that earns.
    "procedure-the-day-after": (
        claim("1200", "2026-06-15", procedure_collective=day("2026-06-16")),
        "2026-07-10",
        [],
        ("0.00", "40.00", "1240.00"),
    ),
    # 2024: 5000 x 14.50 x 10 / 36500 = 19.8630, from 1 March on.
    "due-on-a-leap-day": (
        claim("5000", "2024-02-29"),
        "2024-03-10",
        ["2024-03-01 2024-03-10 10 14.50 5000.00 19.86"],
        ("19.86", "40.00", "5059.86"),
    ),
    # 29 February is a day like another: 5000 x 14.50 x 2 / 36500 = 3.9726.
    "across-a-leap-day": (
        claim("5000", "2024-02-28"),
        "2024-03-01",
        ["2024-02-29 2024-03-01 2 14.50 5000.00 3.97"],
        ("3.97", "40.00", "5043.97"),
    ),
    # 725000 / 36600 = 19.8087 ; 725000 / 36000 = 20.1389.
    "base-366": (
        claim("5000", "2024-02-29", base_jours=366),
        "2024-03-10",
        ["2024-03-01 2024-03-10 10 14.50 5000.00 19.81"],
        ("19.81", "40.00", "5059.81"),
    ),
    "base-360": (
        claim("5000", "2024-02-29", base_jours=360),
        "2024-03-10",
        ["2024-03-01 2024-03-10 10 14.50 5000.00 20.14"],
        ("20.14", "40.00", "5060.14"),
    ),
    "zero-days": (D1200, "2026-06-15", [], ("0.00", "0.00", "1200.00")),
    "before-the-due-date": (D1200, "2026-01-01", [], ("0.00", "0.00", "1200.00")),
    # 1200 x 12.15 / 36500 = 0.3995.
    "one-day-late": (
        D1200,
        "2026-06-16",
        ["2026-06-16 2026-06-16 1 12.15 1200.00 0.40"],
        ("0.40", "40.00", "1240.40"),
    ),
    "paid-on-the-due-date": (
        claim("1200", "2026-06-15", paid("2026-06-15", "1200")),
        "2026-07-10",
        [],
        ("0.00", "0.00", "0.00"),
    ),
    "paid-early-in-two-parts": (
        claim("1200", "2026-06-15", paid("2026-05-02", "500"), paid("2026-06-14", "700")),
        "2026-07-10",
        [],
        ("0.00", "0.00", "0.00"),
    ),
    # Half paid in time: 600 x 12.15 x 15 / 36500 = 2.9959 ; 600 x 12.40 x 10 / 36500 = 2.0384 ; 5.0342.
    "half-paid-in-time": (
        claim("1200", "2026-06-15", paid("2026-06-10", "600")),
        "2026-07-10",
        ["2026-06-16 2026-06-30 15 12.15 600.00 2.99", "2026-07-01 2026-07-10 10 12.40 600.00 2.04"],
        ("5.03", "40.00", "645.03"),
    ),
    # The avoir of the first day leaves nothing unpaid on it.
    "cancelled-on-the-first-day": (
        claim("1200", "2026-06-15", credited("2026-06-16", "1200")),
        "2026-07-10",
        [],
        ("0.00", "0.00", "0.00"),
    ),
    # One day late, all paid: 1200 + 0.40 + 40. The 40 € were due and stay so.
    "paid-in-full-late": (
        claim("1200", "2026-06-15", paid("2026-06-16", "1240.40")),
        "2026-12-01",
        ["2026-06-16 2026-06-16 1 12.15 1200.00 0.40"],
        ("0.40", "40.00", "0.00"),
    ),
    # 1200 pay the 0.40 and 1199.60: 0.40 bears 0.40 x 12.15 x 14 / 36500 + 0.40 x 12.40 x 10 / 36500 = 0.0032 -> 0.
    "principal-alone-paid-late": (
        claim("1200", "2026-06-15", paid("2026-06-16", "1200")),
        "2026-07-10",
        [
            "2026-06-16 2026-06-16 1 12.15 1200.00 0.40",
            "2026-06-17 2026-06-30 14 12.15 0.40 0.00",
            "2026-07-01 2026-07-10 10 12.40 0.40 0.00",
        ],
        ("0.40", "40.00", "40.40"),
    ),
    # Half a cent goes up: 73 x 12.5 x 1 / 36500 = 0.025 exactly (half to even would say 0.02).
    "half-a-cent": (
        claim("73", "2026-06-15", regle="12.5 %"),
        "2026-06-16",
        ["2026-06-16 2026-06-16 1 12.50 73.00 0.03"],
        ("0.03", "40.00", "113.03"),
    ),
    # 366 days (29 February 2024): 10000 x 10 x 366 / 36500 = 1002.7397, which joins the base ;
    # 11002.74 x 10 x 365 / 36500 = 1100.2740 ; 12103.01 x 10 x 91 / 36500 = 301.7463. Without it, 822 days: 2252.0548.
    "capitalised-twice": (
        claim("10000", "2023-03-31", regle="10 %", capitalisation=True),
        "2025-06-30",
        [
            "2023-04-01 2024-03-31 366 10.00 10000.00 1002.74",
            "2024-04-01 2025-03-31 365 10.00 11002.74 1100.27",
            "2025-04-01 2025-06-30 91 10.00 12103.01 301.75",
        ],
        ("2404.76", "40.00", "12444.76"),
    ),
    "not-capitalised": (
        claim("10000", "2023-03-31", regle="10 %"),
        "2025-06-30",
        ["2023-04-01 2025-06-30 822 10.00 10000.00 2252.05"],
        ("2252.05", "40.00", "12292.05"),
    ),
    # A year after 29 February is 28 February: 365 days, 10000 x 10 % ; then 11000 x 10 x 1 / 36500 = 3.0137.
    "capitalised-after-a-leap-day": (
        claim("10000", "2024-02-29", regle="10 %", capitalisation=True),
        "2025-03-01",
        ["2024-03-01 2025-02-28 365 10.00 10000.00 1000.00", "2025-03-01 2025-03-01 1 10.00 11000.00 3.01"],
        ("1003.01", "40.00", "11043.01"),
    ),
    # 10000 x 10 x 181 / 36500 = 495.8904 on 30 June; 400 are paid and 95.89 stay. With 10000 x 10 x 184 / 36500
    # = 504.1096 they make 600, which join the base: 10600 x 10 x 10 / 36500 = 29.0411.
    "only-unpaid-interest-is-capitalised": (
        claim("10000", "2024-12-31", paid("2025-06-30", "400"), regle="10 %", capitalisation=True),
        "2026-01-10",
        [
            "2025-01-01 2025-06-30 181 10.00 10000.00 495.89",
            "2025-07-01 2025-12-31 184 10.00 10000.00 504.11",
            "2026-01-01 2026-01-10 10 10.00 10600.00 29.04",
        ],
        ("1029.04", "40.00", "10669.04"),
    ),
    # Paid on the anniversary, 400 come first: the whole year made 1000, and 600 join the base the next day.
    "paid-on-the-anniversary": (
        claim("10000", "2024-12-31", paid("2025-12-31", "400"), regle="10 %", capitalisation=True),
        "2026-01-10",
        ["2025-01-01 2025-12-31 365 10.00 10000.00 1000.00", "2026-01-01 2026-01-10 10 10.00 10600.00 29.04"],
        ("1029.04", "40.00", "10669.04"),
    ),
    # Paid on 30 November 2026: 12000 x 12 x 303 / 36500 = 1195.3973, so 1195.40 of interest, then 804.60: 11195.40 is
    # left. On 31 January 2027 only 62 days are unpaid, and nothing joins the base. 212 days to 30 June: 780.3040.
    "interest-of-less-than-a-year-is-not-capitalised": (
        claim("12000", "2026-01-31", paid("2026-11-30", "2000"), regle="12 %", capitalisation=True),
        "2027-06-30",
        [
            "2026-02-01 2026-11-30 303 12.00 12000.00 1195.40",
            "2026-12-01 2027-06-30 212 12.00 11195.40 780.30",
        ],
        ("1975.70", "40.00", "12015.70"),
    ),
    # What was capitalised stays interest: on 10 January 1000 and 11000 x 10 x 10 / 36500 = 30.1370 are paid before the
    # principal, which gets 2000 - 1030.14 = 969.86. 9030.14 x 10 x 10 / 36500 = 24.7401.
    "capitalised-interest-is-paid-before-the-principal": (
        claim("10000", "2024-12-31", paid("2026-01-10", "2000"), regle="10 %", capitalisation=True),
        "2026-01-20",
        [
            "2025-01-01 2025-12-31 365 10.00 10000.00 1000.00",
            "2026-01-01 2026-01-10 10 10.00 11000.00 30.14",
            "2026-01-11 2026-01-20 10 10.00 9030.14 24.74",
        ],
        ("1054.88", "40.00", "9094.88"),
    ),
    # And before the interest of ten days: 500 leave 500 that bear interest. 10500 x 10 x 10 / 36500 = 28.7671.
    "capitalised-interest-is-paid-before-newer-interest": (
        claim("10000", "2024-12-31", paid("2026-01-10", "500"), regle="10 %", capitalisation=True),
        "2026-01-20",
        [
            "2025-01-01 2025-12-31 365 10.00 10000.00 1000.00",
            "2026-01-01 2026-01-10 10 10.00 11000.00 30.14",
            "2026-01-11 2026-01-20 10 10.00 10500.00 28.77",
        ],
        ("1058.91", "40.00", "10598.91"),
    ),
    # Never against a particulier: 10000 x 5 x 731 / 36500 (2024 has 366 days) = 1001.3699.
    "particulier-is-never-capitalised": (
        claim(
            "10000",
            "2023-12-31",
            regle="5 %",
            qualite="particulier",
            mise_en_demeure=day("2023-12-31"),
            capitalisation=True,
        ),
        "2025-12-31",
        ["2024-01-01 2025-12-31 731 5.00 10000.00 1001.37"],
        ("1001.37", "0.00", "11001.37"),
    ),
    # Yen have no cents: 100000 x 12.15 x 15 / 36500 = 499.3151 ; x 12.40 x 10 = 339.7260 ; 839.0411. 40 € are not yen.
    "yen": (
        claim("100000", "2026-06-15", decimales=0, indemnite=Decimal(0)),
        "2026-07-10",
        ["2026-06-16 2026-06-30 15 12.15 100000 499", "2026-07-01 2026-07-10 10 12.40 100000 340"],
        ("839", "0", "100839"),
    ),
    # Tunisian dinars have three decimals: 5.99178 + 4.07671 = 10.06849 -> 10.068, shared as 2187 and 1488 are to 3675:
    # 5.99149 and 4.07651, so the last unit is for the second.
    "dinar": (
        claim("1200", "2026-06-15", decimales=3, indemnite=Decimal(0)),
        "2026-07-10",
        ["2026-06-16 2026-06-30 15 12.15 1200.000 5.991", "2026-07-01 2026-07-10 10 12.40 1200.000 4.077"],
        ("10.068", "0.000", "1210.068"),
    ),
    "nothing-to-pay": (claim("0", "2026-06-15"), "2026-07-10", [], ("0.00", "0.00", "0.00")),
}


@pytest.mark.parametrize(("creance", "arrete_au", "tranches", "sommes"), CAS.values(), ids=CAS)
def test_tables_worked_by_hand(
    creance: Creance, arrete_au: str, tranches: list[str], sommes: tuple[str, str, str]
) -> None:
    """Each row, the interest, the flat cost and what is still due are those of the pencil."""
    decompte = run(creance, arrete_au)
    shown = to_json(decompte)
    assert rows(decompte) == tranches
    assert (shown["interets"], shown["indemnite"], shown["total"]) == sommes
    assert shown["jours"] == sum(int(line.split()[2]) for line in tranches)


# --- Payments


def spread(decompte: Decompte) -> list[tuple[str, str, str]]:
    return [(row["interets"], row["principal"], row["indemnite"]) for row in to_json(decompte)["imputations"]]


def test_a_payment_goes_to_interest_then_principal_then_the_flat_cost() -> None:
    """267.67 of interest first (worked above), then the principal; the 40 € come last. Source: C. civ. art. 1343-1."""
    decompte = run(claim("10000", "2026-05-01", PAYE, paid("2026-07-20", "7307.67")), "2026-07-20")
    # 3000 - 267.67 = 2732.33 ; 10000 - 2732.33 = 7267.67 ; 40 are left.
    assert spread(decompte) == [("267.67", "2732.33", "0.00"), ("0.00", "7267.67", "40.00")]
    assert decompte.total == 0
    assert [periode.cloture for periode in decompte.periodes] == ["reglement"]


def test_a_payment_on_principal_leaves_the_interest() -> None:
    """With `imputation: principal`: the principal, then interest, then the 40 €."""
    first = paid("2026-07-20", "9900")
    creance = claim("10000", "2026-05-01", first, paid("2026-07-20", "380"), imputation="principal")
    decompte = run(creance, "2026-07-20")
    # 9900, then 100 of the principal, 267.67 of interest and 12.33 of the 40.
    assert spread(decompte) == [("0.00", "9900.00", "0.00"), ("267.67", "100.00", "12.33")]
    assert (decompte.reste_principal, decompte.reste_interets, decompte.reste_indemnite, decompte.total) == (
        Decimal("0.00"),
        Decimal("0.00"),
        Decimal("27.67"),
        Decimal("27.67"),
    )


def test_several_payments_of_a_day_close_one_period() -> None:
    """One rounding for the day; two payments of 1500 leave what one of 3000 leaves."""
    half = paid("2026-07-20", "1500")
    two, one = (run(claim("10000", "2026-05-01", *moves), "2026-09-01") for moves in ((half, half), (PAYE,)))
    assert two.periodes == one.periodes
    assert two.total == one.total == Decimal("7413.84")


@pytest.mark.parametrize(
    ("creance", "rank", "excedent"),
    [
        # 1240.40 were owed: 1200, 0.40 of one day, 40 €.
        (claim("1200", "2026-06-15", paid("2026-06-16", "1300")), 0, "59.60"),
        (claim("1200", "2026-06-15", paid("2026-06-16", "1240.41")), 0, "0.01"),
        # Nothing else than the principal is owed on the due date, nor by a particulier who got no notice.
        (claim("1200", "2026-06-15", paid("2026-06-15", "1201")), 0, "1.00"),
        (claim("1200", "2026-06-15", paid("2026-06-20", "1240"), qualite="particulier", regle="legal"), 0, "40.00"),
        (claim("1200", "2026-06-15", paid("2026-06-10", "700"), paid("2026-06-11", "700")), 1, "200.00"),
        # An avoir only reduces the principal, of which 700 are left.
        (claim("1200", "2026-06-15", paid("2026-06-10", "500"), credited("2026-06-20", "701")), 1, "1.00"),
    ],
)
def test_more_than_was_owed_is_refused(creance: Creance, rank: int, excedent: str) -> None:
    """The movement at fault is named with what it has too much."""
    with pytest.raises(TropPercu) as caught:
        run(creance, "2026-07-10")
    assert caught.value.mouvement is creance.mouvements[rank]
    assert caught.value.excedent == Decimal(excedent)


def test_what_comes_later_is_not_known_yet() -> None:
    """A movement after the date asked for changes nothing, even one that would be refused."""
    later = claim("1200", "2026-06-15", paid("2026-07-11", "5000"), credited("2026-08-01", "5000"))
    assert to_json(run(later, "2026-07-10")) == to_json(run(D1200, "2026-07-10"))


def test_a_negative_movement_is_no_movement() -> None:
    """A payment taken back is another debt, not a payment."""
    with pytest.raises(ValueError, match="debt"):
        paid("2026-07-10", "-1")


@pytest.mark.parametrize(
    ("creance", "arrete_au", "clotures"),
    [
        (D1200, "2026-07-10", ["arrete"]),
        (claim("10000", "2026-05-01", PAYE), "2026-09-01", ["reglement", "arrete"]),
        (claim("10000", "2026-05-01", PAYE), "2026-07-20", ["reglement"]),
        (claim("1200", "2026-06-15", procedure_collective=day("2026-07-06")), "2026-07-10", ["procedure"]),
        (claim("1200", "2026-06-15", procedure_collective=day("2026-07-06")), "2026-07-05", ["arrete"]),
        (claim("1200", "2026-06-15", credited("2026-06-20", "1200")), "2026-07-10", ["solde"]),
        (claim("100", "2023-03-31", regle="10 %", capitalisation=True), "2025-03-31", ["capitalisation"] * 2),
        (claim("100", "2023-03-31", regle="10 %", capitalisation=True), "2025-03-30", ["capitalisation", "arrete"]),
    ],
)
def test_what_closes_a_period(creance: Creance, arrete_au: str, clotures: list[str]) -> None:
    """A payment, an anniversary, a judgment, an avoir that leaves nothing, or the date asked for."""
    assert [periode.cloture for periode in run(creance, arrete_au).periodes] == clotures


# --- Rates


@pytest.mark.parametrize(
    ("creance", "arrete_au", "nom", "jour"),
    [
        (claim("1200", "2026-12-30"), "2027-01-01", "bce", "2027-01-01"),
        (claim("1200", "2026-12-30", regle="legal x 3"), "2027-02-01", "legal", "2027-01-01"),
        (claim("1200", "2008-12-30"), "2009-01-10", "bce", "2008-12-31"),
        (claim("1200", "2026-12-31", regle="bce+8", qualite="public"), "2027-01-05", "bce", "2027-01-01"),
    ],
)
def test_a_day_without_a_rate_stops_everything(creance: Creance, arrete_au: str, nom: str, jour: str) -> None:
    """Nothing is supposed: the rate and the first day that lacks it are named."""
    with pytest.raises(TauxAbsent) as caught:
        run(creance, arrete_au)
    assert (caught.value.nom, caught.value.jour) == (nom, day(jour))


def test_a_rate_is_wanted_only_for_days_that_earn() -> None:
    """Up to the last known day, then after a payment in full, with a fixed rate or that of a public buyer."""
    assert run(claim("1200", "2026-12-30"), "2026-12-31").jours == 1
    # 1200 x 12.40 x 1 / 36500 = 0.4077.
    settled = claim("1200", "2026-12-30", paid("2026-12-31", "1240.41"))
    assert run(settled, "2030-01-01").total == 0
    assert run(claim("1200", "2026-12-30", regle="12 %"), "2027-03-01").jours == 61
    assert run(claim("1200", "2026-12-30", regle="bce+8", qualite="public"), "2027-03-01").jours == 61


def test_a_rate_of_the_project_is_used() -> None:
    """2.65 + 10 from 1 January 2027: 1200 x 12.40 x 1 / 36500 = 0.4077, 1200 x 12.65 x 2 / 36500 = 0.8318."""
    own = Taux("bce", Decimal("2.65"), day("2027-01-01"), day("2027-06-30"), "s", day("2027-01-04"), "l", "taux.yaml")
    bareme = Bareme([*BAREME.list_taux(), own])
    decompte = compute_decompte(claim("1200", "2026-12-30"), day("2027-01-02"), bareme)
    assert rows(decompte) == [
        "2026-12-31 2026-12-31 1 12.40 1200.00 0.41",
        "2027-01-01 2027-01-02 2 12.65 1200.00 0.83",
    ]


@pytest.mark.parametrize(
    ("creance", "arrete_au", "expected"),
    [
        # 1200 x 12.40 / 36500 = 0.4077 ; 7267.67 x 12.40 / 36500 = 2.4690.
        (D1200, "2026-07-10", "0.41"),
        (claim("10000", "2026-05-01", PAYE), "2026-09-01", "2.47"),
        # The next day decides: 12.15 until 30 June, 12.40 after. 10000 x 12.15 / 36500 = 3.3288 ; x 12.40 = 3.3973.
        (D10000, "2026-06-29", "3.33"),
        (D10000, "2026-06-30", "3.40"),
        # On the due date the next day is the first to earn: 0.3995.
        (D1200, "2026-06-15", "0.40"),
        (D1200, "2026-06-14", None),
        (D1200, "2026-12-31", None),
        (claim("1200", "2026-06-15", paid("2026-06-15", "1200")), "2026-07-10", None),
        (claim("1200", "2026-06-15", regle="legal", qualite="particulier"), "2026-07-10", None),
        (claim("1200", "2026-06-15", procedure_collective=day("2026-07-06")), "2026-07-04", "0.41"),
        (claim("1200", "2026-06-15", procedure_collective=day("2026-07-06")), "2026-07-05", None),
        (claim("1200", "2026-06-15", regle="0 %"), "2026-07-10", None),
        # 1200 x 10.15 / 36500 = 0.3337: the rate of June, still.
        (claim("1200", "2026-06-15", regle="bce+8", qualite="public"), "2027-03-10", "0.33"),
        # 11000 x 10 / 36500 = 3.0137: the year's interest bears some from the next day.
        (claim("10000", "2024-12-31", regle="10 %", capitalisation=True), "2025-12-31", "3.01"),
    ],
)
def test_what_the_next_day_adds(creance: Creance, arrete_au: str, expected: str | None) -> None:
    """The interest of one more day, to the cent; nothing when none runs, or when its rate is unknown."""
    par_jour = run(creance, arrete_au).par_jour
    assert (None if par_jour is None else str(par_jour)) == expected


@pytest.mark.parametrize(
    ("creance", "arrete_au", "statutory", "expected"),
    [
        # 2024: three times 5.07 is 15.21, above 14.50 ; three times 4.92 is 14.76, above 14.25.
        (
            claim("1200", "2024-05-31"),
            "2024-07-10",
            True,
            ["2024-06-01 2024-06-30 14.50 15.21", "2024-07-01 2024-07-10 14.25 14.76"],
        ),
        # A fixed rate has one row, and one floor a half-year.
        (
            claim("1200", "2024-05-31", regle="15 %"),
            "2024-07-10",
            False,
            ["2024-06-01 2024-06-30 15.00 15.21"],
        ),
        # Several rows of one half-year are one.
        (
            claim("1200", "2024-05-31", paid("2024-06-10", "100"), paid("2024-06-20", "100"), regle="bce+9"),
            "2024-06-30",
            False,
            ["2024-06-01 2024-06-30 13.50 15.21"],
        ),
        # 2026: 12.15 and 12.40 against 7.86 and 8.25; 8 % is above the one and below the other.
        (D1200, "2026-07-10", True, []),
        (claim("1200", "2026-06-15", regle="8 %"), "2026-07-10", False, ["2026-07-01 2026-07-10 8.00 8.25"]),
        # The floor itself is enough.
        (claim("1200", "2026-06-15", regle="8.25 %"), "2026-07-10", False, []),
        (claim("1200", "2026-06-15", regle="legal x 3"), "2026-07-10", False, []),
        # It is a rule between professionals.
        (claim("1200", "2024-05-31", regle="bce+8", qualite="public"), "2024-07-10", False, []),
        (
            claim("9", "2024-05-31", regle="legal", qualite="particulier", mise_en_demeure=day("2024-05-31")),
            "2024-07-10",
            False,
            [],
        ),
        # No legal rate in the table, no floor: 2008, and 2027.
        (claim("1200", "2008-11-30", regle="1 %"), "2008-12-20", False, []),
        (claim("1200", "2027-01-31", regle="1 %"), "2027-03-20", False, []),
    ],
)
def test_rates_under_the_floor_are_said_and_not_raised(
    creance: Creance, arrete_au: str, statutory: bool, expected: list[str]
) -> None:
    """Each half-year under three times the legal rate is listed; the rate stays as agreed.

    Source: C. com. art. L441-10, II.
    """
    decompte = run(creance, arrete_au)
    shown = [" ".join(row.values()) for row in to_json(decompte)["planchers"]]
    assert shown == expected
    assert decompte.is_statutory is statutory


# --- JSON


def test_json_is_the_documented_object() -> None:
    """The keys in their order, amounts and rates as text, and what is left of each sum."""
    shown = to_json(run(claim("10000", "2026-05-01", PAYE), "2026-09-01"))
    assert list(shown)[:11] == [
        "principal",
        "echeance",
        "arrete_au",
        "jours",
        "taux",
        "tranches",
        "interets",
        "indemnite",
        "total",
        "regle",
        "avoirs",
    ]
    assert {key: shown[key] for key in shown if key not in ("tranches", "imputations")} == {
        "principal": "10000.00",
        "echeance": "2026-05-01",
        "arrete_au": "2026-09-01",
        "jours": 123,
        "taux": "bce+10",
        "interets": "373.84",
        "indemnite": "40.00",
        "total": "7413.84",
        "regle": "3000.00",
        "avoirs": "0.00",
        "reste": {"principal": "7267.67", "interets": "106.17", "indemnite": "40.00"},
        "par_jour": "2.47",
        "qualite": "professionnel",
        "imputation": "interets",
        "base_jours": 365,
        "planchers": [],
    }
    assert shown["tranches"][2] == {
        "du": "2026-07-21",
        "au": "2026-09-01",
        "jours": 43,
        "taux": "12.40",
        "base": "7267.67",
        "interets": "106.17",
    }
    assert shown["imputations"] == [
        {
            "date": "2026-07-20",
            "montant": "3000.00",
            "interets": "267.67",
            "principal": "2732.33",
            "indemnite": "0.00",
        }
    ]


def test_a_rate_with_more_than_two_decimals_keeps_them() -> None:
    """2.75 x 1.5 = 4.125: two decimals are a minimum."""
    shown = to_json(run(claim("1200", "2026-07-15", regle="legal x 1.5"), "2026-07-20"))
    assert [row["taux"] for row in shown["tranches"]] == ["4.125"]
    assert shown["taux"] == "legal x 1.5"


def test_each_row_keeps_its_exact_interest() -> None:
    """A page shows the working to 4 decimals: 199.7260 and 214.0274."""
    exact = [tranche.exact for tranche in run(D10000, "2026-09-01").tranches]
    assert [f"{value:.4f}" for value in exact] == ["199.7260", "214.0274"]


# --- A second computation, day by day, that shares nothing with the first

TABLE = [(row["taux"], row["depuis"], row["jusqu_au"], Fraction(row["valeur"])) for row in load_table("taux")]


def rate_on(nom: str, jour: dt.date) -> Fraction:
    (found,) = [value for name, start, end, value in TABLE if name == nom and start <= jour <= end]
    return found


def half_up(value: Fraction, decimales: int) -> Fraction:
    return Fraction(floor(value * 10**decimales + Fraction(1, 2)), 10**decimales)


def count_by_day(c: Creance, arrete_au: dt.date) -> dict[str, Any]:
    """Count a claim with fractions, one day after the other."""
    principal, unpaid, joined, running = Fraction(c.principal), Fraction(0), Fraction(0), Fraction(0)
    total_interest, flat, flat_due, days = Fraction(0), Fraction(0), Fraction(0), 0
    first = min([c.echeance, *(m.date for m in c.mouvements)])
    birthdays = set()
    begun = max(filter(None, (c.echeance, c.mise_en_demeure if c.qualite == "particulier" else None)))
    for year in range(c.echeance.year + 1, arrete_au.year + 1):
        last = calendar.monthrange(year, c.echeance.month)[1]
        birthdays.add(dt.date(year, c.echeance.month, min(c.echeance.day, last)))
    for ordinal in range(first.toordinal(), arrete_au.toordinal() + 1):
        today = dt.date.fromordinal(ordinal)
        moves = [m for m in c.mouvements if m.date == today]
        for m in moves:
            if m.genre == "avoir":
                if Fraction(m.montant) > principal:
                    return {"excess": Fraction(m.montant) - principal}
                principal -= Fraction(m.montant)
        stopped = c.procedure_collective is not None and today >= c.procedure_collective
        if c.qualite == "particulier":
            runs = c.mise_en_demeure is not None and today > c.echeance and today > c.mise_en_demeure
        else:
            runs = today > c.echeance
            in_time = c.procedure_collective is not None and c.procedure_collective <= c.echeance
            if today == c.echeance + UN_JOUR and principal > 0 and not in_time:
                flat = flat_due = Fraction(c.indemnite)
        if runs and not stopped and principal + joined > 0:
            if c.regle.base == "fixe":
                rate = Fraction(c.regle.valeur)
            else:
                when = c.echeance + UN_JOUR if c.qualite == "public" else today
                rate = rate_on(c.regle.base, when)
                rate = rate + Fraction(c.regle.valeur) if c.regle.base == "bce" else rate * Fraction(c.regle.valeur)
            running += (principal + joined) * rate / 100 / c.base_jours
            days += 1
        for m in moves:
            if m.genre == "reglement":
                rounded = half_up(running, c.decimales)
                total_interest, unpaid, running = total_interest + rounded, unpaid + rounded, Fraction(0)
                money = Fraction(m.montant)
                if money > principal + unpaid + flat:
                    return {"excess": money - principal - unpaid - flat}
                for pocket in (
                    ("principal", "unpaid", "flat") if c.imputation == "principal" else ("unpaid", "principal", "flat")
                ):
                    if pocket == "principal":
                        part = min(money, principal)
                        principal -= part
                    elif pocket == "unpaid":
                        part = min(money, unpaid)
                        unpaid -= part
                        joined = max(Fraction(0), joined - part)
                    else:
                        part = money
                        flat -= part
                    money -= part
                if unpaid == 0:
                    begun = max(begun, today)
        year_old = (begun.year + 1, begun.month, begun.day) <= (today.year, today.month, today.day)
        if (begun.month, begun.day) == (2, 29) and (today.month, today.day) == (2, 28):
            year_old = begun.year < today.year
        if c.capitalisation and c.qualite != "particulier" and today in birthdays and not stopped and year_old:
            rounded = half_up(running, c.decimales)
            total_interest, unpaid, running = total_interest + rounded, unpaid + rounded, Fraction(0)
            joined = unpaid
    rounded = half_up(running, c.decimales)
    return {
        "jours": days,
        "interets": total_interest + rounded,
        "indemnite": flat_due,
        "total": principal + unpaid + rounded + flat,
        "reste_principal": principal,
        "reste_interets": unpaid + rounded,
        "reste_indemnite": flat,
    }


def compute(creance: Creance, arrete_au: dt.date) -> dict[str, Any]:
    """Return what the engine says, in the same words."""
    try:
        found = compute_decompte(creance, arrete_au, BAREME)
    except TropPercu as trop:
        return {"excess": Fraction(trop.excedent)}
    names = ("interets", "indemnite", "total", "reste_principal", "reste_interets", "reste_indemnite")
    return {"jours": found.jours, **{name: Fraction(getattr(found, name)) for name in names}}


REGLES = ("bce+10", "bce+8", "bce+0", "legal", "legal x 3", "12 %", "7,35 %", "0 %")


@st.composite
def claims(draw: st.DrawFn) -> tuple[Creance, dt.date]:
    """A claim of 2019 to 2026, and a day up to three years after its due date."""
    echeance = draw(st.dates(day("2019-01-01"), day("2026-11-30")))
    span = min((day("2026-12-31") - echeance).days, 1100)
    arrete_au = echeance + dt.timedelta(days=draw(st.integers(-3, span)))
    decimales = draw(st.sampled_from((2, 2, 2, 0, 3)))
    unit = Decimal(1).scaleb(-decimales)
    principal = draw(st.integers(0, 3_000_000)) * unit
    moves = []
    for _ in range(draw(st.integers(0, 5))):
        # Most parts are small, so that most histories hold; some days are shared.
        part = draw(st.integers(0, 45)) * (principal / 100).quantize(unit)
        when = echeance + dt.timedelta(
            days=draw(st.one_of(st.sampled_from((-1, 0, 1, 2, 60, 364, 365, 366)), st.integers(-9, span)))
        )
        moves.append(Mouvement(when, part, draw(st.sampled_from(("reglement", "reglement", "avoir")))))
    near = st.one_of(st.none(), st.none(), st.integers(-5, span).map(lambda days: echeance + dt.timedelta(days=days)))
    creance = Creance(
        principal,
        echeance,
        rule(draw(st.sampled_from(REGLES))),
        draw(st.sampled_from(("professionnel", "professionnel", "public", "particulier"))),
        decimales,
        tuple(moves),
        draw(near),
        draw(near),
        draw(st.sampled_from(("interets", "principal"))),
        draw(st.sampled_from((365, 366, 360))),
        draw(st.booleans()),
        draw(st.sampled_from((Decimal(40), Decimal(0)))),
    )
    return creance, arrete_au


@given(claims())
def test_a_count_of_days_agrees(drawn: tuple[Creance, dt.date]) -> None:
    """Day after day with fractions, and by rows with decimals: the same sums, to the last unit."""
    assert compute(*drawn) == count_by_day(*drawn)


@given(claims())
def test_rows_add_up(drawn: tuple[Creance, dt.date]) -> None:
    """Shares re-add to their period, periods to the interest, what is left to the total, and nothing is negative."""
    creance, arrete_au = drawn
    try:
        found = compute_decompte(creance, arrete_au, BAREME)
    except TropPercu:
        assume(False)
    for periode in found.periodes:
        assert sum(tranche.interets for tranche in periode.tranches) == periode.interets
        exact = sum((Fraction(tranche.exact) for tranche in periode.tranches), Fraction(0))
        assert abs(exact - Fraction(periode.interets)) <= Fraction(1, 2 * 10**creance.decimales) + Fraction(1, 10**20)
        for tranche in periode.tranches:
            assert tranche.jours == (tranche.au - tranche.du).days + 1
            assert abs(tranche.interets - tranche.exact) <= Decimal(1).scaleb(-creance.decimales)
    assert sum((periode.interets for periode in found.periodes), Decimal(0)) == found.interets
    assert found.total == creance.principal + found.interets + found.indemnite - found.regle - found.avoirs
    assert found.total == found.reste_principal + found.reste_interets + found.reste_indemnite
    assert min(found.reste_principal, found.reste_interets, found.reste_indemnite, found.interets) >= 0
    seen = [m for m in creance.mouvements if m.date <= arrete_au]
    assert found.regle == sum(m.montant for m in seen if m.genre == "reglement")
    assert found.avoirs == sum(m.montant for m in seen if m.genre == "avoir")
    for imputation in found.imputations:
        parts = imputation.interets + imputation.principal + imputation.indemnite
        assert parts == imputation.mouvement.montant
    days = [tranche.du for tranche in found.tranches]
    assert days == sorted(days)
    assert found.debut == (days[0] if days else None)
    assert all(before.au < after.du for before, after in itertools.pairwise(found.tranches))


@given(claims(), st.integers(0, 400))
def test_a_later_day_only_adds(drawn: tuple[Creance, dt.date], days: int) -> None:
    """What was closed stays as it was, rows go on from where they were, and interest never goes down."""
    creance, arrete_au = drawn
    later = min(arrete_au + dt.timedelta(days=days), day("2026-12-31"))
    try:
        before = compute_decompte(creance, arrete_au, BAREME)
        after = compute_decompte(creance, later, BAREME)
    except TropPercu:
        assume(False)
    assert after.interets >= before.interets
    assert after.jours >= before.jours
    closed = [periode for periode in before.periodes if periode.cloture in ("reglement", "capitalisation")]
    assert list(after.periodes[: len(closed)]) == closed
    until = Fraction(0)
    for tranche in after.tranches:
        kept = (min(tranche.au, arrete_au) - tranche.du).days + 1
        if kept > 0:
            until += Fraction(tranche.base) * Fraction(tranche.taux) * kept / 100 / creance.base_jours
    exact = sum((Fraction(tranche.exact) for tranche in before.tranches), Fraction(0))
    assert abs(until - exact) < Fraction(1, 10**20)


@given(claims())
def test_one_more_day_adds_what_was_said(drawn: tuple[Creance, dt.date]) -> None:
    """`par_jour` is the interest of the next day, unless an avoir of that day changes it."""
    creance, arrete_au = drawn
    assume(arrete_au < day("2026-12-31"))
    creance = replace(creance, mouvements=tuple(m for m in creance.mouvements if m.date <= arrete_au))
    try:
        before = compute_decompte(creance, arrete_au, BAREME)
    except TropPercu:
        assume(False)
    after = compute_decompte(creance, arrete_au + UN_JOUR, BAREME)
    exact = [sum((Fraction(tranche.exact) for tranche in found.tranches), Fraction(0)) for found in (before, after)]
    # The engine's decimals have 60 digits: less than a unit of the 20th is none.
    added = Fraction(round((exact[1] - exact[0]) * 10**20), 10**20)
    assert Fraction(before.par_jour or 0) == half_up(added, creance.decimales)
    assert (before.par_jour is None) == (added == 0)


@given(claims(), st.randoms(use_true_random=False))
def test_the_order_of_days_in_the_file_is_irrelevant(drawn: tuple[Creance, dt.date], rng: random.Random) -> None:
    """Payments may be noted in any order; only those of one day follow each other as written."""
    creance, arrete_au = drawn
    assume(len({m.date for m in creance.mouvements}) == len(creance.mouvements))
    shuffled = list(creance.mouvements)
    rng.shuffle(shuffled)
    assert compute(replace(creance, mouvements=tuple(shuffled)), arrete_au) == compute(creance, arrete_au)
