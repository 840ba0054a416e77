"""What an e-invoice must say by itself, whoever wrote it: sums that add up, keys that hold, dates in order.

Why: the official rules are an extra that may be missing, and even they do not see a wrong SIREN, a wrong IBAN or a
note without text. These are exact sums on the values read back; nothing here knows XML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from facture import typo
from facture.amounts import ZERO, count_decimals, round_amount
from facture.codes import Severity
from facture.factures_lues import FactureLue, LigneLue, ReductionLue, Taxe
from facture.monnaies import minor_unit

__all__ = ["Ecart", "check_facture"]

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Ecart:
    """Something that does not hold.

    Attributes:
        terme: the business term where it shows, which is also its place in `FactureLue.lieux`.
        regle: the rule of the standard, when it has one.
        severity: None for that of the code.
    """

    code: str
    message: str
    terme: str
    regle: str = ""
    severity: Severity | None = None


def check_facture(lue: FactureLue) -> list[Ecart]:
    """Return what does not hold in an invoice that was read back, in the order of its terms.

    A sum whose parts cannot be read is not judged: what cannot be read is said instead.
    """
    return [ecart for check in _CONTROLES for ecart in check(lue)]


# --- Values that cannot be read --------------------------------------------------------------------------------------


def _check_lisible(lue: FactureLue) -> Iterator[Ecart]:
    for item in lue.illisibles:
        said = f"« {item.valeur} » : {item.attendu} attendu" if item.valeur else f"il manque : {item.attendu}"
        yield Ecart("X743", said, item.terme)


# --- Sums ------------------------------------------------------------------------------------------------------------


def _show(value: Decimal) -> str:
    """Return « 1 234,50 », with the decimals that the file has and two at least."""
    return typo.format_price(value, 2, "fr") if count_decimals(value) <= typo.MAX_PRICE_DECIMALS else str(value)


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    """Return an exact sum; None when a part is not known."""
    listed = list(values)
    if any(value is None for value in listed):
        return None
    return sum((value for value in listed if value is not None), ZERO)


def _compare(
    found: Decimal | None, expected: Decimal | None, terme: str, said: str, regle: str, tolerance: Decimal = ZERO
) -> Iterator[Ecart]:
    if found is None or expected is None or abs(found - expected) <= tolerance:
        return
    code = "X737" if regle in _REGLES_TVA else "X736"
    yield Ecart(code, f"{_show(found)} au lieu de {_show(expected)}, {said}", terme, regle)


_REGLES_TVA = frozenset({"BR-CO-14", "BR-CO-17"})


def _unit(lue: FactureLue) -> Decimal:
    """Return what amounts are rounded to: a cent, or the whole unit of a currency that has no cents.

    Source: EN 16931 BR-DEC rules: two decimals at most, whatever the currency.
    """
    try:
        return max(CENT, Decimal(1).scaleb(-minor_unit(lue.devise)))
    except KeyError:
        return CENT


def _or_zero(value: Decimal | None) -> Decimal:
    return ZERO if value is None else value


def _check_totaux(lue: FactureLue) -> Iterator[Ecart]:
    """The totals re-add, to the cent.

    Source: EN 16931 BR-CO-10 to BR-CO-16. In EXTENDED a sum of lines may drift by a cent a line (BR-FXEXT-CO-10).
    """
    t = lue.totaux
    details = [ligne for ligne in lue.lignes if ligne.est_detail]
    if details:
        drift = CENT * len(details) if lue.profil == "EXTENDED" else ZERO
        nets = _sum(ligne.net for ligne in details)
        yield from _compare(t.lignes, nets, "BT-106", "somme des lignes", "BR-CO-10", drift)
    if lue.profil != "MINIMUM":
        remises = _sum(item.montant for item in lue.reductions if not item.est_frais)
        frais = _sum(item.montant for item in lue.reductions if item.est_frais)
        yield from _compare(_or_zero(t.remises), remises, "BT-107", "somme des remises du document", "BR-CO-11")
        yield from _compare(_or_zero(t.frais), frais, "BT-108", "somme des frais du document", "BR-CO-12")
        if t.lignes is not None:
            ht = t.lignes - _or_zero(t.remises) + _or_zero(t.frais)
            yield from _compare(t.ht, ht, "BT-109", "lignes moins remises plus frais", "BR-CO-13")
        if lue.tva:
            montants = _sum(row.montant for row in lue.tva)
            yield from _compare(_or_zero(t.tva), montants, "BT-110", "somme de la TVA par taux", "BR-CO-14")
    if t.ht is not None:
        yield from _compare(t.ttc, t.ht + _or_zero(t.tva), "BT-112", "total HT plus TVA", "BR-CO-15")
    if t.ttc is not None and (lue.profil != "MINIMUM" or t.regle is not None):
        left = t.ttc - _or_zero(t.regle) + _or_zero(t.arrondi)
        yield from _compare(t.a_payer, left, "BT-115", "total TTC moins ce qui est déjà réglé", "BR-CO-16")


def _check_tva(lue: FactureLue) -> Iterator[Ecart]:
    """VAT is its base times its rate, and each base is what its lines say.

    Why: the standard lets VAT drift by less than one unit of the currency, since rounding may be made line by line;
    by more than a cent it is worth a look, by a unit it is wrong.

    Source: EN 16931 BR-CO-17, BR-S-08, BR-Z-08, BR-E-08, BR-AE-08, BR-IC-08, BR-G-08, BR-O-08.
    """
    unit = _unit(lue)
    for index, row in enumerate(lue.tva):
        terme = f"tva[{index}]."
        if row.base is not None and row.montant is not None:
            exact = row.base * _or_zero(row.taux) / 100
            gap = abs(row.montant - exact)
            if gap > unit:
                grave = gap >= 1 or not row.taux
                yield Ecart(
                    "X737",
                    f"{_show(row.montant)} de TVA pour {_show(row.base)} à {_rate(row.taux)} : "
                    f"{_show(round_amount(exact, 2))} attendu",
                    f"{terme}BT-117",
                    "BR-CO-17",
                    None if grave else Severity.AVERTISSEMENT,
                )
        expected = _expected_base(lue, row)
        if expected is not None and row.base is not None and abs(expected - row.base) > ZERO:
            drift = CENT * max(1, len(lue.lignes)) if lue.profil == "EXTENDED" else ZERO
            if abs(expected - row.base) > drift:
                yield Ecart(
                    "X737",
                    f"base de {_show(row.base)} pour {_name_taxe(row)}, ses lignes font {_show(expected)}",
                    f"{terme}BT-116",
                    f"BR-{_FAMILLES.get(row.categorie, row.categorie)}-08",
                )

    yield from _check_groupes(lue)


def _check_groupes(lue: FactureLue) -> Iterator[Ecart]:
    """Each category and rate of a line has its row in the breakdown. Source: EN 16931 BR-S-01, BR-Z-01, BR-E-01…"""
    known = {(row.categorie, _or_zero(row.taux)) for row in lue.tva}
    for index, ligne in enumerate(lue.lignes):
        group = (ligne.categorie, _or_zero(ligne.taux))
        if ligne.est_detail and ligne.categorie and lue.tva and group not in known:
            known.add(group)
            yield Ecart(
                "X737",
                f"aucun total de TVA pour la catégorie {ligne.categorie} à {_rate(ligne.taux)} "
                f"de la ligne {ligne.numero or index + 1}",
                f"lignes[{index}].BT-151",
                f"BR-{_FAMILLES.get(ligne.categorie, ligne.categorie)}-01",
            )


_FAMILLES = {"K": "IC"}
"""Families of rules whose name is not that of the category."""


def _expected_base(lue: FactureLue, row: Taxe) -> Decimal | None:
    """Return the base that lines, discounts and charges of this category and rate make; None when it is not known."""
    details = [ligne for ligne in lue.lignes if ligne.est_detail]
    if not details or row.categorie in ("L", "M"):
        return None

    def same(item: LigneLue | ReductionLue, taux: Decimal | None) -> bool:
        return item.categorie == row.categorie and _or_zero(taux) == _or_zero(row.taux)

    nets = _sum(ligne.net for ligne in details if same(ligne, ligne.taux))
    shares = _sum(
        None if item.montant is None else item.montant if item.est_frais else -item.montant
        for item in lue.reductions
        if same(item, item.taux_tva)
    )
    return None if nets is None or shares is None else nets + shares


def _rate(taux: Decimal | None) -> str:
    return typo.format_rate(_or_zero(taux), "fr")


def _name_taxe(row: Taxe) -> str:
    return _rate(row.taux) if row.categorie == "S" else f"la catégorie {row.categorie or '?'}"


def _check_lignes(lue: FactureLue) -> Iterator[Ecart]:
    """A line is quantity times price, less its discounts, plus its charges.

    Why: half a cent either way is rounding, whatever its rule; up to a cent may come of prices set with VAT, and is
    said as a warning. So is any gap of a foreign invoice: no rule of the standard checks it, and platforms abroad let
    it through.

    Source: EN 16931 BT-131, § 6.4.2: net = quantity x (price / base quantity) + charges - discounts.
    """
    unit = _unit(lue)
    for index, ligne in enumerate(lue.lignes):
        if ligne.net is None or ligne.quantite is None or ligne.prix is None or not ligne.est_detail:
            continue
        per = ligne.prix_pour or Decimal(1)
        taken = _sum(
            None if item.montant is None else item.montant if item.est_frais else -item.montant
            for item in ligne.reductions
        )
        if taken is None:
            continue
        exact = ligne.quantite * ligne.prix / per + taken
        gap = abs(exact - ligne.net)
        if gap <= unit / 2:
            continue
        yield Ecart(
            "X738",
            f"ligne {ligne.numero or index + 1}, « {_cut(ligne.nom)} » : net de {_show(ligne.net)}, "
            f"quantité, prix et remises font {_show(round_amount(exact, 2))}",
            f"lignes[{index}].BT-131",
            "",
            Severity.AVERTISSEMENT if gap < unit or not lue.is_french else None,
        )


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


# --- Keys ------------------------------------------------------------------------------------------------------------

_TERMES = {
    "vendeur": {"legal": "BT-30", "siret": "BT-29", "tva": "BT-31", "adresse": "BT-34"},
    "acheteur": {"legal": "BT-47", "siret": "BT-46", "tva": "BT-48", "adresse": "BT-49"},
}


def _check_cles(lue: FactureLue) -> Iterator[Ecart]:
    """SIREN, SIRET, VAT number and IBAN hold by their own digits.

    Source: C. com. R123-220 and R123-221; EN 16931 BT-29 to BT-31, BT-46 to BT-48, BT-84; ISO 13616.
    """
    from stdnum import iban
    from stdnum.fr import siren, siret

    for role, partie in (("vendeur", lue.vendeur), ("acheteur", lue.acheteur)):
        terms = _TERMES[role]
        if partie.siren and not siren.is_valid(partie.siren):
            said = f"« {partie.siren} », {role} : ce n'est pas un SIREN, neuf chiffres dont une clé"
            yield Ecart("X739", said, terms["legal"])
        for number in partie.sirets:
            if not siret.is_valid(number):
                said = f"« {number} », {role} : ce n'est pas un SIRET, quatorze chiffres dont une clé"
                yield Ecart("X739", said, terms["legal" if partie.legal.valeur == number else "siret"])
        if partie.tva and not _is_tva(partie.tva):
            yield Ecart("X739", f"« {partie.tva} », {role} : ce numéro de TVA n'est pas valable", terms["tva"])
    for number in lue.ibans:
        if not iban.is_valid(number, check_country=False):
            yield Ecart("X739", f"« {number} » : la clé de cet IBAN est fausse", "BT-84")


def _is_tva(number: str) -> bool:
    """Say whether a VAT number may be one: those of countries that are not known here are let through."""
    from stdnum.eu import vat
    from stdnum.fr import tva

    prefix = number[:2].upper()
    if prefix == "FR":
        return bool(tva.is_valid(number))
    return bool(vat.is_valid(number)) if prefix.lower() in (*vat.MEMBER_STATES, "el", "xi") else prefix.isalpha()


def _check_une_entreprise(lue: FactureLue) -> Iterator[Ecart]:
    """SIREN, SIRET, French VAT number and e-invoicing address are of one company.

    Source: BR-FR-09, BR-FR-21, BR-FR-22; C. com. R123-221; CGI art. 286 ter.
    """
    for role, partie in (("vendeur", lue.vendeur), ("acheteur", lue.acheteur)):
        terms, siren = _TERMES[role], _digits(partie.siren)
        if not siren:
            continue
        for number in partie.sirets:
            if _digits(number)[:9] != siren:
                said = f"le SIRET {number} ne commence pas par le SIREN {siren} ({role})"
                yield Ecart("X740", said, terms["siret"], "BR-FR-09")
        tva = "".join(partie.tva.split()).upper()
        # A group for VAT has a number of its own.
        if tva.startswith("FR") and _digits(tva[4:]) != siren and not _is_membre(lue):
            yield Ecart("X740", f"le numéro de TVA {tva} n'est pas celui du SIREN {siren} ({role})", terms["tva"])
        if partie.electronique.schema == "0225" and not partie.electronique.valeur.startswith(siren):
            said = (
                f"l'adresse de facturation {partie.electronique.valeur} ne commence pas par le SIREN {siren} ({role})"
            )
            yield Ecart(
                "X740", said, terms["adresse"], _REGLE_ADRESSE[role], None if _is_b2b(lue) else Severity.AVERTISSEMENT
            )


_REGLE_ADRESSE = {"vendeur": "BR-FR-22", "acheteur": "BR-FR-21"}


def _is_b2b(lue: FactureLue) -> bool:
    return any(note.code == "BAR" and note.texte.strip() == "B2B" for note in lue.notes)


def _is_membre(lue: FactureLue) -> bool:
    return any(note.code == "TXD" and "MEMBRE_ASSUJETTI_UNIQUE" in note.texte for note in lue.notes)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


# --- Notes and dates -------------------------------------------------------------------------------------------------

_NOTES = {
    "PMT": "l'indemnité de recouvrement",
    "PMD": "les pénalités de retard",
    "AAB": "l'escompte, ou son absence",
}


def _check_notes(lue: FactureLue) -> Iterator[Ecart]:
    """The three notes of a French invoice are there once, with a text.

    Why: the official rules see that they are there; an empty one passes them. A missing one is only a warning here:
    an invoice older than the reform has none.

    Source: BR-FR-05, BR-FR-06; C. com. art. L441-9.
    """
    if not lue.is_french or lue.profil == "MINIMUM":
        return
    for code, what in _NOTES.items():
        texts = [note.texte.strip() for note in lue.notes if note.code == code]
        if not texts:
            said = f"aucune note {code} : {what}"
            yield Ecart("X741", said, "BT-21", "BR-FR-05", Severity.AVERTISSEMENT)
        elif not all(texts):
            yield Ecart("X741", f"la note {code} est vide : {what}", f"notes.{code}", "BR-FR-05")
        elif len(texts) > 1:
            yield Ecart("X741", f"{len(texts)} notes {code} au lieu d'une : {what}", f"notes.{code}", "BR-FR-06")


def _check_dates(lue: FactureLue) -> Iterator[Ecart]:
    """Due on its day or after, and after the invoices it refers to.

    Why: a deposit, and an invoice already paid, may have been due before.

    Source: BR-FR-CO-07; EN 16931 BT-2, BT-9, BT-26.
    """
    if lue.date is None:
        return
    jour = typo.format_date(lue.date, "fr")
    exempt = lue.type in _DUES_AVANT or lue.cadre.endswith("2")
    if lue.echeance is not None and lue.echeance < lue.date and not exempt:
        said = f"l'échéance, {typo.format_date(lue.echeance, 'fr')}, est avant la facture, {jour}"
        yield Ecart("X742", said, "BT-9", "BR-FR-CO-07", None if lue.is_french else Severity.AVERTISSEMENT)
    for reference in lue.references:
        if reference.date is not None and reference.date > lue.date:
            said = (
                f"la facture citée, {reference.numero}, est du {typo.format_date(reference.date, 'fr')}, "
                f"après celle-ci, {jour}"
            )
            yield Ecart("X742", said, "BT-26")


_DUES_AVANT = frozenset({"386", "500", "503"})

_CONTROLES: tuple[Callable[[FactureLue], Iterator[Ecart]], ...] = (
    _check_lisible,
    _check_lignes,
    _check_totaux,
    _check_tva,
    _check_cles,
    _check_une_entreprise,
    _check_notes,
    _check_dates,
)
