"""The QR code of a transfer, as banking applications read it (EPC069-12), drawn as SVG."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from markupsafe import Markup

_EPC_MAX_OCTETS = 331
_EPC_MAX = Decimal("999999999.99")


def build_epc(*, titulaire: str, iban: str, bic: str, montant: Decimal, reference: str) -> str:
    """Return the payload of the transfer QR code, or "" when the sum cannot be put in one.

    Args:
        titulaire: account holder; cut at 70 characters, the most a SEPA transfer carries.
        iban: with or without spaces.
        bic: may be empty inside the EEA.
        montant: euros, two decimals.
        reference: what the client's bank statement should say; cut at 140 characters.

    Source: EPC069-12 version 2.1, « Quick Response Code: guidelines to enable data capture for the initiation
        of a SEPA credit transfer »: service tag BCD, version 002, character set 1 (UTF-8), identification
        SCT.
    """
    if not Decimal("0.01") <= montant <= _EPC_MAX:
        return ""

    def flatten(text: str, most: int) -> str:
        return " ".join(text.split())[:most].rstrip()

    compact = re.sub(r"\s", "", iban)
    lines = [
        "BCD",
        "002",
        "1",
        "SCT",
        re.sub(r"\s", "", bic),
        flatten(titulaire, 70),
        compact,
        f"EUR{montant:.2f}",
        "",
        "",
        flatten(reference, 140),
    ]
    payload = "\n".join(lines)
    # Accents count for two bytes: only the free text may be shortened, never the account.
    while len(payload.encode()) > _EPC_MAX_OCTETS and lines[-1]:
        lines[-1] = lines[-1][:-1].rstrip()
        payload = "\n".join(lines)
    return payload


@lru_cache(maxsize=64)
def draw_qr(payload: str, titre: str) -> Markup:
    """Return the code as inline SVG, one module a unit, with the `<title>` that a screen reader says.

    Why: level M and no more, as EPC069-12 asks; the error level is not raised when there is room, or the size
    of the modules would jump from one invoice to the next. Black is written in the drawing: WeasyPrint paints
    `currentColor` and CSS variables of an SVG black in silence, so a theme must not believe that it can
    colour it.
    """
    import segno

    code = segno.make_qr(payload, error="m", boost_error=False, encoding="utf-8")
    return Markup(code.svg_inline(border=0, title=titre, omitsize=True, svgclass="qr", lineclass=None, dark="#000"))
