"""What a well-formed document must still get right: small pure rules, each saying what is wrong, where, and by
which text.

Two kinds. Rules of *value* judge what is there. Rules of *absence* look for what is missing; they stay silent
while the file has Y or F errors, because a key may be missing only for being misspelt. On a draft, what is
missing for completeness is a warning.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from facture.amounts import CENT, ZERO, count_decimals, to_amount, to_plain
from facture.codes import Severity
from facture.documents import Avoir, Devis, Document, Emetteur, Facture, Ligne, Part, Periode, RenvoiFacture, Section
from facture.droit import PAYS_UE, find_concordance, find_seuil, find_situation, is_in_force, list_etapes
from facture.errors import Chemin, Diagnostic, RefusError, format_path
from facture.lecture import Lecture
from facture.mentions import MENTIONS, load_formulations, to_wording
from facture.monnaies import minor_unit
from facture.penalites import PLANCHER, STATUTAIRE
from facture.ressources import load_couverture
from facture.source import Liste, find_node, finding, walk
from facture.taux import TauxAbsent, apply_regle, load_bareme
from facture.totaux import Totaux, find_groupe, tva_of
from facture.typo import format_date, format_rate

SOCIETES = frozenset({"EURL", "SARL", "SASU", "SAS", "SA", "SELARL"})
"""Forms that print their capital (C. com. R123-238)."""
PETITE_FACTURE = Decimal(150)
"""Euros HT up to which the seller's VAT number may be left out (CGI ann. II art. 242 nonies A, II)."""
REGISTRE = SOCIETES | {"SNC", "SCI"}
"""Forms registered at the RCS, whatever their activity (C. com. R123-237)."""

SITUATIONS_FAUSSES = frozenset({"L472", "L473", "L474", "L475", "L476"})
"""Codes that refuse a VAT situation: what it would have asked for is not asked."""


@dataclass(frozen=True)
class Contexte:
    """A document under judgement, and how to place a finding in its text.

    Attributes:
        date: the document's date, or the day of the command for a draft without one.
        totaux: None in the rules that run before the sums.
        clauses: identifiers of the clauses that the document carries, or asks for, its conditions included.
        fautes: codes of the errors already found, so that what only follows from them is not said.
    """

    lecture: Lecture
    document: Document
    date: dt.date
    totaux: Totaux | None = None
    clauses: frozenset[str] = frozenset()
    fautes: frozenset[str] = frozenset()

    def find(
        self, code: str, chemin: Chemin, message: str, advice: str = "", *, law: str = "", at_key: bool = False
    ) -> Diagnostic:
        """Return a finding at a path: at the value, or at the key; at the nearest group when it is missing."""
        position, path = self.lecture.place(chemin, at_key=at_key)
        return finding(code, message, position, path, advice, law)

    def find_seuil(self, nom: str) -> Decimal | None:
        """Return what the law fixes on the document's day, or None before the table begins: then there is no rule."""
        try:
            return find_seuil(nom, self.date).valeur
        except KeyError:
            return None

    def incomplete(self, code: str, chemin: Chemin, message: str, advice: str = "") -> Diagnostic:
        """Return a finding of completeness: an error once numbered, a warning on a draft."""
        found = self.find(code, chemin, message, advice)
        return found.as_warning() if self.document.is_draft else found

    def has(self, *chemin: str | int) -> bool:
        """Say whether the text holds this path."""
        return find_node(self.lecture.racine, chemin) is not None

    @cached_property
    def lignes(self) -> list[tuple[Chemin, Ligne]]:
        """Every line with its path."""
        return [(chemin, ligne) for chemin, _, ligne in self.document.iter_lignes()]

    @property
    def public(self) -> str | None:
        """Quality of the client, typed or deduced."""
        return self.document.client.qualite_deduite


Regle = Callable[[Contexte], Iterator[Diagnostic]]


# --- Rules of value: lines -------------------------------------------------------------------------------------------


def check_offert_option(c: Contexte) -> Iterator[Diagnostic]:
    """Given and proposed are two different things, and neither takes a discount."""
    for chemin, ligne in c.lignes:
        if ligne.offert and ligne.option:
            yield c.find("F211", (*chemin, "option"), "une ligne ne peut pas être offerte et en option", at_key=True)
        elif (ligne.offert or ligne.option) and ligne.remise is not None:
            what = "offerte" if ligne.offert else "en option"
            yield c.find("F212", (*chemin, "remise"), f"remise sur une ligne {what}", at_key=True)


def check_parts(c: Contexte) -> Iterator[Diagnostic]:
    """A discount, a deposit or an instalment is a rate or an amount, not both and not neither."""
    parts: list[tuple[Chemin, Part | None]] = [(("remise",), c.document.remise)]
    parts += [((*chemin, "remise"), ligne.remise) for chemin, ligne in c.lignes]
    if isinstance(c.document, Devis):
        parts.append((("acompte",), c.document.acompte))
    parts += [
        (("paiement", "echeancier", i, "part"), tranche.part)
        for i, tranche in enumerate(c.document.paiement.echeancier)
    ]
    for chemin, part in parts:
        if part is None:
            continue
        if part.taux is not None and part.montant is not None:
            yield c.find("F213", chemin, "un taux et un montant à la fois")
        elif part.taux is None and part.montant is None and not c.lecture.has_errors:
            yield c.find("F213", chemin, "ni taux ni montant")


def check_prix(c: Contexte) -> Iterator[Diagnostic]:
    """All prices HT, or all TTC."""
    ht = [chemin for chemin, ligne in c.lignes if ligne.prix_unitaire is not None]
    ttc = [chemin for chemin, ligne in c.lignes if ligne.prix_unitaire_ttc is not None]
    for chemin in ttc:
        if chemin in ht:
            yield c.find("F220", (*chemin, "prix_unitaire_ttc"), "deux prix sur une ligne, HT et TTC", at_key=True)
    if ht and ttc and not set(ht) & set(ttc):
        fewer, key = (ttc, "prix_unitaire_ttc") if len(ttc) <= len(ht) else (ht, "prix_unitaire")
        other = "HT" if key == "prix_unitaire_ttc" else "TTC"
        for chemin in fewer:
            yield c.find("F220", (*chemin, key), f"les autres lignes ont un prix {other}", at_key=True)


def check_quantites(c: Contexte) -> Iterator[Diagnostic]:
    """A quantity taken back is negative on a devis or a facture, and nowhere else."""
    for chemin, ligne in c.lignes:
        if ligne.quantite >= 0:
            continue
        if isinstance(c.document, Avoir):
            yield c.find(
                "F234", (*chemin, "quantite"), "les montants d'un avoir sont positifs", "écrivez la quantité sans « - »"
            )
        elif ligne.offert or ligne.option:
            what = "un cadeau" if ligne.offert else "une option"
            yield c.find("F234", (*chemin, "quantite"), f"quantité négative sur {what}")


def check_cadeaux(c: Contexte) -> Iterator[Diagnostic]:
    """A gift has a value, and a discount of 100 % is a gift that does not say so."""
    for chemin, ligne in c.lignes:
        price = ligne.prix_unitaire if ligne.prix_unitaire is not None else ligne.prix_unitaire_ttc
        if ligne.offert and (price == 0 or ligne.quantite == 0):
            yield c.find("F235", chemin, "ce cadeau vaut 0 : il ne montre rien au client")
        if not ligne.offert and ligne.remise is not None and ligne.remise.taux == CENT:
            yield c.find("F236", (*chemin, "remise"), "remise de 100 %")


def check_listes(c: Contexte) -> Iterator[Diagnostic]:
    """A document has lines; a section has lines."""
    node = find_node(c.lecture.racine, ("lignes",))
    if isinstance(node, Liste) and not node.items:
        yield c.find("F215", ("lignes",), "aucune ligne")
    for index, item in enumerate(c.document.lignes):
        nested = find_node(c.lecture.racine, ("lignes", index, "lignes"))
        if isinstance(item, Section) and (nested is None or (isinstance(nested, Liste) and not nested.items)):
            yield c.find("F215", ("lignes", index), f"la section « {item.section} » n'a aucune ligne")
    if not isinstance(c.document, Devis) and c.lignes and all(ligne.option for _, ligne in c.lignes):
        advice = "retirez option: de ce qui est vendu"
        yield c.find("F215", ("lignes",), "que des options : rien n'est facturé", advice).as_warning()


def check_decimales(c: Contexte) -> Iterator[Diagnostic]:
    """An amount has no more decimals than its currency; one more is an error, never a rounding."""
    document = c.document
    amounts: list[tuple[Chemin, Decimal | None]] = []
    if document.remise is not None:
        amounts.append((("remise", "montant"), document.remise.montant))
    amounts += [((*chemin, "remise", "montant"), ligne.remise.montant) for chemin, ligne in c.lignes if ligne.remise]
    if isinstance(document, Devis) and document.acompte is not None:
        amounts.append((("acompte", "montant"), document.acompte.montant))
    if isinstance(document, Facture):
        amounts += [
            (("acomptes_verses", i, "montant_ttc"), a.montant_ttc) for i, a in enumerate(document.acomptes_verses)
        ]
        amounts += [
            (("acomptes_verses", i, "tva"), value)
            for i, a in enumerate(document.acomptes_verses)
            for value in a.tva.values()
        ]
        amounts += [(("reglements", i, "montant"), r.montant) for i, r in enumerate(document.reglements)]
    amounts += [(("controle", name), getattr(document.controle, name)) for name in type(document.controle).model_fields]
    amounts += [
        (("paiement", "echeancier", i, "part", "montant"), t.part.montant)
        for i, t in enumerate(document.paiement.echeancier)
        if t.part is not None
    ]
    for chemin, value in [*amounts, (("emetteur", "capital"), document.emetteur.capital)]:
        # The capital of a French company is in euros, whatever the document is in.
        devise = "EUR" if chemin == ("emetteur", "capital") else document.devise
        allowed = minor_unit(devise)
        if value is not None and count_decimals(value) > allowed:
            shown = f"{allowed} décimales au plus" if allowed else "aucune décimale"
            # `remise: 10.505` is an amount without saying so: the path is what the user typed.
            typed = chemin if c.has(*chemin) else chemin[:-1]
            yield c.find("F206", typed, f"« {to_plain(value)} » : {shown} en {devise}")


# --- Rules of value: the document ------------------------------------------------------------------------------------


def check_reglements(c: Contexte) -> Iterator[Diagnostic]:
    """A payment is deducted in the currency of the document, and comes after the invoice it pays.

    Source: C. civ. art. 1342 and 1343-1: a payment settles what is owed, in the currency it is owed in.
    """
    if not isinstance(c.document, Facture):
        return
    for index, reglement in enumerate(c.document.reglements):
        if reglement.date is not None and c.document.date is not None and reglement.date < c.document.date:
            day = format_date(reglement.date, "fr")
            yield c.find("L452", ("reglements", index, "date"), f"paiement du {day}, avant la facture")
        if reglement.devise not in (None, c.document.devise):
            chemin: Chemin = ("reglements", index, "devise")
            yield c.find("M310", chemin, f"paiement en {reglement.devise} sur une facture en {c.document.devise}")


def check_procedure(c: Contexte) -> Iterator[Diagnostic]:
    """Insolvency proceedings stop what was owed before they opened; an invoice of a later day is another matter.

    Source: C. com. art. L622-7 and L622-28: debts born before the judgment.
    """
    if not isinstance(c.document, Facture) or c.document.procedure_collective is None or c.document.date is None:
        return
    judged = c.document.procedure_collective
    if judged < c.document.date:
        day = format_date(judged, "fr")
        yield c.find("L446", ("procedure_collective",), f"jugement du {day}, avant cette facture")


def check_nature(c: Contexte) -> Iterator[Diagnostic]:
    """The nature of the document and that of the operation, once each."""
    document = c.document
    kinds = [value for value in document.nature if value not in ("bien", "service", "mixte")]
    operations = [value for value in document.nature if value in ("bien", "service", "mixte")]
    if "autofacture" in kinds:
        yield c.find("F225", ("nature",), "les autofactures ne sont pas traitées")
        return
    if len(kinds) > 1 or len(operations) > 1:
        yield c.find(
            "F221", ("nature",), "deux natures du même ordre : " + ", ".join(kinds if len(kinds) > 1 else operations)
        )
    elif kinds and kinds != ["facture"] and not isinstance(document, Facture):
        yield c.find(
            "F221",
            ("nature",),
            f"la nature « {kinds[0]} » est celle d'une facture",
            f"retirez-la de ce {document.type}",
        )


def check_rectificative(c: Contexte) -> Iterator[Diagnostic]:
    """A corrective invoice names the one it replaces.

    Source: CGI art. 289, I-5; EN 16931 BT-25 and BT-26 with type 384.
    """
    document = c.document
    if not isinstance(document, Facture):
        return
    if document.facture_rectifiee is not None and document.nature_document != "rectificative":
        yield c.find("F226", ("facture_rectifiee",), "cette facture n'est pas « nature: rectificative »", at_key=True)
    elif document.nature_document == "rectificative" and document.facture_rectifiee is None:
        yield c.find("F226", ("nature",), "la facture rectifiée n'est pas nommée")


def check_solde(c: Contexte) -> Iterator[Diagnostic]:
    """Acomptes are taken back on a solde."""
    document = c.document
    if (
        isinstance(document, Facture)
        and document.acomptes_verses
        and document.nature_document not in ("solde", "situation")
    ):
        yield c.find("F228", ("acomptes_verses",), "cette facture déduit des acomptes sans être un solde", at_key=True)


def check_echeancier(c: Contexte) -> Iterator[Diagnostic]:
    """Instalments add up to the whole, all in rates or all in amounts."""
    tranches = c.document.paiement.echeancier
    rates = [tranche.part.taux for tranche in tranches if tranche.part is not None and tranche.part.taux is not None]
    if not rates:
        return
    if len(rates) < len([tranche for tranche in tranches if tranche.part is not None]):
        yield c.find("F227", ("paiement", "echeancier"), "des taux et des montants mêlés", at_key=True)
    elif sum(rates, ZERO) != CENT:
        total = to_plain(sum(rates, ZERO))
        yield c.find("F227", ("paiement", "echeancier"), f"les parts font {total} %, pas 100 %", at_key=True)


def check_dates(c: Contexte) -> Iterator[Diagnostic]:
    """No end before its beginning."""
    document = c.document
    periods: list[tuple[Chemin, Periode | None]] = [(("periode",), document.periode)]
    periods += [((*chemin, "periode"), ligne.periode) for chemin, ligne in c.lignes]
    for chemin, period in periods:
        if period is not None and period.du is not None and period.au is not None and period.au < period.du:
            yield c.find("F229", (*chemin, "au"), "la période finit avant de commencer")
    if document.paiement.echeance is not None and document.paiement.echeance.compute_date(c.date) < c.date:
        yield c.find("F229", ("paiement", "echeance"), "échéance avant la date du document")
    if (
        isinstance(document, Devis)
        and document.validite is not None
        and document.validite.compute_date(c.date) < c.date
    ):
        yield c.find("F229", ("validite",), "validité finie avant la date du document")
    renvois: list[tuple[Chemin, RenvoiFacture | None]] = []
    if isinstance(document, Facture):
        renvois.append((("facture_rectifiee", "date"), document.facture_rectifiee))
    if isinstance(document, Avoir):
        renvois.append((("facture", "date"), document.facture))
    for chemin, renvoi in renvois:
        if renvoi is not None and renvoi.date is not None and renvoi.date > c.date:
            yield c.find("F229", chemin, "la facture citée est postérieure à ce document")


def check_characters(source: Contexte | Lecture) -> Iterator[Diagnostic]:
    """Every character has a drawing in the typeface we ship.

    Why: a missing glyph prints as an empty box, or comes from whatever font the machine has, and the bytes change.
    """
    covered = load_couverture()
    lecture = source.lecture if isinstance(source, Contexte) else source
    for chemin, node in walk(lecture.racine):
        if node.value.isascii():
            continue
        for index, character in enumerate(node.value):
            if ord(character) not in covered and character not in "\n\t\r":
                position = node.character_position(index)
                yield finding(
                    "R608", f"« {character} » (U+{ord(character):04X}) n'a pas de dessin", position, format_path(chemin)
                )
                break


# --- Rules of value: numbers and VAT ---------------------------------------------------------------------------------


def check_identifiants(c: Contexte) -> Iterator[Diagnostic]:
    """SIREN, SIRET, VAT number: check digits, and one company through the three.

    Why: a wrong digit is said once, where it is; what would follow from it is not.

    Source: C. com. R123-220 and R123-221 (SIREN, SIRET); EN 16931 BT-30, BT-31, BT-47, BT-48.
    """
    from stdnum.fr import siren as siren_module
    from stdnum.fr import siret as siret_module

    for key in ("emetteur", "client"):
        partie = getattr(c.document, key)
        siren_ok = siret_ok = True
        if partie.siren is not None and not siren_module.is_valid(partie.siren):
            siren_ok = False
            yield c.find("L420", (key, "siren"), f"« {partie.siren} » n'est pas un SIREN : neuf chiffres, dont une clé")
        if partie.siret is not None and not siret_module.is_valid(partie.siret):
            siret_ok = False
            yield c.find(
                "L421", (key, "siret"), f"« {partie.siret} » n'est pas un SIRET : quatorze chiffres, dont une clé"
            )
        if partie.siret and partie.siren and siren_ok and siret_ok and not partie.siret.startswith(partie.siren):
            yield c.find("L421", (key, "siret"), f"ce SIRET ne commence pas par le SIREN {partie.siren}")
        if partie.tva_intra is not None:
            yield from _check_tva_intra(c, (key, "tva_intra"), partie.tva_intra, partie.siren if siren_ok else None)


def _check_tva_intra(c: Contexte, chemin: Chemin, number: str, siren: str | None) -> Iterator[Diagnostic]:
    from stdnum.eu import vat
    from stdnum.fr import tva

    if number[:2] == "FR":
        if not tva.is_valid(number):
            yield c.find("L422", chemin, f"« {number} » : la clé de ce numéro de TVA est fausse")
        elif siren is not None and number[4:] != siren:
            yield c.find("L422", chemin, f"ce numéro de TVA n'est pas celui du SIREN {siren}")
    elif number[:2] in PAYS_UE or number[:2] in ("EL", "XI"):
        if not vat.is_valid(number):
            yield c.find("L422", chemin, f"« {number} » : ce numéro de TVA n'est pas valable dans son pays")
    elif not number[:2].isalpha():
        yield c.find(
            "L422",
            chemin,
            f"« {number} » : un numéro de TVA commence par le code de son pays",
            "exemple : FR32123456789",
        )


def check_banque(c: Contexte) -> Iterator[Diagnostic]:
    """IBAN and BIC can be paid to.

    Source: ISO 13616 (IBAN, mod 97), ISO 9362 (BIC); EN 16931 BT-84, BT-86.
    """
    from stdnum import bic, iban

    emetteur = c.document.emetteur
    if emetteur.iban is not None and not iban.is_valid(emetteur.iban, check_country=False):
        yield c.find("L423", ("emetteur", "iban"), "la clé de cet IBAN est fausse")
    if emetteur.bic is not None and not bic.is_valid(emetteur.bic):
        yield c.find("L424", ("emetteur", "bic"), f"« {emetteur.bic} » n'est pas un BIC : 8 ou 11 caractères")


def _show_taux(taux: Decimal) -> str:
    return f"{to_plain(taux).replace('.', ',')} %"


def check_franchise(c: Contexte) -> Iterator[Diagnostic]:
    """No VAT is billed under the franchise en base.

    Source: CGI art. 293 B and 293 E.
    """
    document = c.document
    in_franchise = document.emetteur.regime_tva == "franchise"
    named = document.tva == "franchise" or any(ligne.tva == "franchise" for _, ligne in c.lignes)
    if not (in_franchise or named):
        return
    why = "l'émetteur est en franchise" if in_franchise else "d'autres lignes sont en franchise"
    if isinstance(document.tva, Decimal) and any(ligne.tva is None for _, ligne in c.lignes):
        yield c.find("L427", ("tva",), f"TVA à {_show_taux(document.tva)} alors que {why}")
    for chemin, ligne in c.lignes:
        if isinstance(ligne.tva, Decimal):
            yield c.find("L427", (*chemin, "tva"), f"TVA à {_show_taux(ligne.tva)} alors que {why}")


def check_taux_zero(c: Contexte) -> Iterator[Diagnostic]:
    """A rate of 0 is almost always an exemption that does not say its name.

    Source: CGI ann. II art. 242 nonies A, I-12°; EN 16931 category Z.
    """
    places: list[tuple[Chemin, object]] = [(("tva",), c.document.tva)]
    places += [((*chemin, "tva"), ligne.tva) for chemin, ligne in c.lignes]
    for chemin, tva in places:
        if isinstance(tva, Decimal) and tva == 0:
            yield c.find("L431", chemin, "taux de TVA à 0 % : est-ce une exonération ?")


def check_hors_champ(c: Contexte) -> Iterator[Diagnostic]:
    """Category O stands alone on an invoice.

    Source: EN 16931 BR-O-11 to BR-O-14.
    """
    if isinstance(c.document, Devis):
        return
    kinds: dict[str, Chemin] = {}
    for chemin, ligne in c.lignes:
        tva = tva_of(ligne, c.document)
        if tva is not None and not ligne.option:
            kinds.setdefault(find_groupe(tva, c.document).categorie, chemin)
    if "O" in kinds and len(kinds) > 1:
        yield c.find("L433", kinds["O"], "une ligne hors champ de la TVA parmi d'autres lignes")


def check_delai(c: Contexte) -> Iterator[Diagnostic]:
    """Terms of payment within the legal caps.

    Source: C. com. art. L441-10, I (60 days, or 45 days end of month); CCP art. R2192-10 (30 days, public buyers).
    """
    delai = c.document.paiement.echeance
    if not isinstance(c.document, Facture) or delai is None or c.public not in ("professionnel", "public"):
        return
    due = delai.compute_date(c.date)
    days = (due - c.date).days
    if c.public == "public":
        cap = c.find_seuil("delai-maximal-public")
        if cap is not None and days > cap:
            found = c.find(
                "L426",
                ("paiement", "echeance"),
                f"{days} jours pour un acheteur public : {cap} jours au plus pour l'État et les collectivités",
                "vérifiez le délai de cet acheteur : 50 jours pour un hôpital, 60 pour une entreprise publique",
                law="CCP art. L2192-10 et R2192-10",
            )
            yield found.as_warning()
        return
    cap = c.find_seuil("delai-maximal-jours")
    if cap is None or days <= cap:
        return
    if delai.fin_de_mois:
        # By derogation, 45 days end of month may run past the sixtieth day; a later day of the month may not.
        derogation = c.find_seuil("delai-maximal-fin-de-mois")
        if derogation is not None and (delai.jours > derogation or delai.le):
            yield c.find("L426", ("paiement", "echeance"), f"plus de {derogation} jours fin de mois")
    else:
        yield c.find(
            "L426", ("paiement", "echeance"), f"échéance à {days} jours : {cap} jours au plus entre professionnels"
        )


def check_penalites_publiques(c: Contexte) -> Iterator[Diagnostic]:
    """Late interest of a public buyer is set by law, not by agreement.

    Source: CCP art. L2192-13 and R2192-31 (ECB rate + 8 points).
    """
    rule = c.document.paiement.penalites
    if c.public == "public" and rule is not None and str(rule) != "bce+8":
        yield c.find("L434", ("paiement", "penalites"), f"« {rule} » pour un acheteur public : le taux est bce+8")


def check_references_legales(c: Contexte) -> Iterator[Diagnostic]:
    """The words of a VAT mention are still good on the day of the document, unless the project gives its own.

    Why a warning: the successor of most articles is not known yet, and an invoice cannot wait for it.

    Source: ordonnances 2025-1247 and 2026-671 (CGI replaced by the CIBS on 2027-01-01, tolerated until 2028-06-30).
    """
    places: dict[str, Chemin] = {}
    for chemin, ligne in c.lignes:
        tva = tva_of(ligne, c.document)
        if isinstance(tva, str):
            typed = (*chemin, "tva") if ligne.tva is not None else ("tva",)
            places.setdefault(tva, typed if c.has(*typed) else ("emetteur", "regime_tva"))
    wording = to_wording(c.document.langue)
    for name, chemin in places.items():
        situation = find_situation(name, c.document.client.adresse.pays, c.date)
        last = situation.jusqu_au
        if is_in_force(situation, c.date) or last is None or c.date < situation.depuis:
            continue
        try:
            if load_formulations(c.lecture.projet).find_situation(situation, wording, c.date) is not None:
                continue
        except RefusError:
            # The file says by itself what is wrong with it.
            return
        day = (last + dt.timedelta(days=1)).isoformat()
        advice = f"écrivez dans {MENTIONS} : tva-{name}: {{{wording}: …, loi: …, depuis: {day}}}"
        successor = find_concordance(situation.ancien)
        if successor is not None:
            advice = f"{successor.ancien} devient {successor.nouveau} ; {advice}"
        until = format_date(last, "fr")
        message = f"le texte de la mention « {situation.textes[wording]} » n'est vérifié que jusqu'au {until}"
        yield c.find("L435", chemin, message, advice)


def check_plancher(c: Contexte) -> Iterator[Diagnostic]:
    """Between businesses, the agreed late interest is at least three times the legal rate.

    Why: a multiple is judged whatever the rate of the day; a fixed rate would need the table of rates.

    Source: C. com. art. L441-10, II.
    """
    rule = c.document.paiement.penalites
    if rule is None or c.public != "professionnel":
        return
    if rule.base == "legal":
        if rule.valeur < PLANCHER:
            message = f"« {rule} » : le plancher est de trois fois le taux légal"
            yield c.find("L432", ("paiement", "penalites"), message)
        return
    if rule == STATUTAIRE:
        # The law sets it, and lets the floor bear on what the parties agree instead.
        return
    try:
        bareme = load_bareme(c.lecture.projet)
        minimum = bareme.find("legal", c.date).valeur * PLANCHER
        rate = apply_regle(rule, ZERO if rule.base == "fixe" else bareme.find("bce", c.date).valeur)
    except (RefusError, TauxAbsent):
        # The table says by itself what it lacks; a rate that is not known is not guessed.
        return
    if rate < minimum:
        shown, floor = format_rate(rate, "fr"), format_rate(minimum, "fr")
        message = f"« {rule} » donne {shown} ce semestre, sous trois fois le taux légal ({floor})"
        yield c.find("L454", ("paiement", "penalites"), message)


def check_penalites_particulier(c: Contexte) -> Iterator[Diagnostic]:
    """A consumer owes legal interest from the formal notice; a heavier penalty, on one side only, may be unfair.

    Source: C. conso. art. R212-2, 3°; C. civ. art. 1231-6.
    """
    rule = c.document.paiement.penalites
    if c.public == "particulier" and rule is not None and str(rule) != "legal":
        yield c.find("L445", ("paiement", "penalites"), f"« {rule} » pour un particulier")


# --- Rules of absence ------------------------------------------------------------------------------------------------


def need_lignes(c: Contexte) -> Iterator[Diagnostic]:
    """A document has lines, each with a designation, a price and a rate (always errors, even on a draft)."""
    if not c.has("lignes"):
        yield c.find("F217", (), "clé « lignes » manquante", "ajoutez lignes: puis « - designation: … »")
    for index, item in enumerate(c.document.lignes):
        if isinstance(item, Section) and item.section is None:
            yield c.find("F217", ("lignes", index), "clé « section » manquante", "donnez un titre : section: …")
    for chemin, ligne in c.lignes:
        if ligne.designation is None:
            yield c.find("F217", chemin, "clé « designation » manquante")
        if ligne.prix_unitaire is None and ligne.prix_unitaire_ttc is None:
            yield c.find("F241", chemin, "clé « prix_unitaire » manquante")


def need_tva(c: Contexte) -> Iterator[Diagnostic]:
    """A rate or a situation for each line.

    Source: CGI ann. II art. 242 nonies A, I-8°.
    """
    if c.document.tva is not None or c.document.emetteur.regime_tva == "franchise":
        return
    for chemin, ligne in c.lignes:
        if ligne.tva is None:
            yield c.find("F242", chemin, "aucun taux de TVA : ni sur la ligne, ni sur le document")


def need_parts_of_groups(c: Contexte) -> Iterator[Diagnostic]:
    """A group that is there says what it is there for."""
    document = c.document
    groups: list[tuple[Chemin, object, tuple[str, ...]]] = []
    groups += [(("promesses", i), promise, ("quoi", "pour")) for i, promise in enumerate(document.promesses)]
    groups += [
        (("paiement", "echeancier", i), tranche, ("part",)) for i, tranche in enumerate(document.paiement.echeancier)
    ]
    if c.has("paiement", "escompte", "taux") or c.has("paiement", "escompte", "jours"):
        groups.append((("paiement", "escompte"), document.paiement.escompte, ("taux", "jours")))
    if document.periode is not None:
        groups.append((("periode",), document.periode, ("du", "au")))
    groups += [((*path, "periode"), line.periode, ("du", "au")) for path, line in c.lignes if line.periode is not None]
    if document.cours_eur is not None:
        groups.append((("cours_eur",), document.cours_eur, ("taux", "date", "source")))
    if isinstance(document, Facture):
        groups += [
            (("acomptes_verses", i), item, ("numero", "date", "montant_ttc"))
            for i, item in enumerate(document.acomptes_verses)
        ]
        groups += [(("reglements", i), item, ("date", "montant")) for i, item in enumerate(document.reglements)]
        if document.facture_rectifiee is not None:
            groups.append((("facture_rectifiee",), document.facture_rectifiee, ("numero", "date")))
    for chemin, group, keys in groups:
        for key in keys:
            if getattr(group, key) is None:
                yield c.find("F217", chemin, f"clé « {key} » manquante", f"ajoutez {key}:")


def need_date(c: Contexte) -> Iterator[Diagnostic]:
    """A numbered document carries its date.

    Source: CGI ann. II art. 242 nonies A, I-6°.
    """
    if c.document.numero is not None and c.document.date is None:
        yield c.find("F224", ("numero",), "ce document a un numéro et pas de date", at_key=True)


def need_emetteur(c: Contexte) -> Iterator[Diagnostic]:
    """Identity of the seller, by legal form.

    Source: CGI ann. II art. 242 nonies A, I-1° and 2°; C. com. art. R123-237, R123-238, R526-27.
    """
    emetteur: Emetteur = c.document.emetteur
    place: Chemin = ("emetteur",)
    if not c.has("emetteur"):
        # Said once: a list of all that a missing group would hold helps nobody.
        yield c.incomplete(
            "L401", place, "émetteur manquant", "ajoutez emetteur: un nom de fiche, ou {nom, adresse, siren}"
        )
        return
    if emetteur.nom is None:
        yield c.incomplete("L401", place, "nom de l'émetteur manquant")
    if emetteur.adresse.is_empty:
        yield c.incomplete("L402", place, "adresse de l'émetteur manquante")
    if emetteur.adresse.pays != "FR":
        return
    if emetteur.siren is None and emetteur.siret is None:
        yield c.incomplete("L403", place, "SIREN de l'émetteur manquant")
    if emetteur.forme_juridique is None:
        yield c.incomplete("L405", place, "forme juridique de l'émetteur manquante")
    elif emetteur.forme_juridique in SOCIETES and emetteur.capital is None:
        yield c.incomplete("L406", place, f"capital manquant pour une {emetteur.forme_juridique}")
    if emetteur.forme_juridique in REGISTRE and emetteur.rcs is None:
        yield c.incomplete("L407", place, f"ville du RCS manquante pour une {emetteur.forme_juridique}")
    franchise = emetteur.regime_tva == "franchise" or c.document.tva == "franchise"
    # Left out at will up to 150 euros HT, and of no use to a seller in franchise.
    small = c.totaux is not None and c.document.devise == "EUR" and c.totaux.total_ht <= PETITE_FACTURE
    if isinstance(c.document, Facture) and emetteur.tva_intra is None and not franchise and not small:
        yield c.incomplete("L404", place, "numéro de TVA de l'émetteur manquant")


def need_client(c: Contexte) -> Iterator[Diagnostic]:
    """Identity of the buyer.

    Source: CGI ann. II art. 242 nonies A, I-1°; C. com. art. L441-9.
    """
    client = c.document.client
    place: Chemin = ("client",)
    if not c.has("client"):
        yield c.incomplete(
            "L408", place, "client manquant", "ajoutez client: un nom de fiche, ou {nom, qualite, adresse}"
        )
        return
    if client.nom is None:
        yield c.incomplete("L408", place, "nom du client manquant")
    if client.adresse.is_empty and (c.document.adresse_facturation is None or c.document.adresse_facturation.is_empty):
        yield c.incomplete("L409", place, "adresse du client manquante")
    if c.public is None:
        yield c.incomplete("L410", place, "qualité du client inconnue")
    elif (
        isinstance(c.document, Facture)
        and c.public == "professionnel"
        and client.adresse.pays == "FR"
        and not (client.siren or client.siret)
    ):
        found = c.find("L411", place, "SIREN du client professionnel manquant")
        # Compulsory for all, whatever their size, from the last stage of the reform.
        yield replace(found, severity=Severity.ERREUR) if c.date >= list_etapes()[-1].depuis else found


def need_numeros_tva(c: Contexte) -> Iterator[Diagnostic]:
    """Both VAT numbers where the buyer accounts for the tax.

    Source: CGI ann. II art. 242 nonies A, I-3° and 4°.
    """
    used = {ligne.tva if ligne.tva is not None else c.document.tva for _, ligne in c.lignes}
    if isinstance(c.document, Devis) or not used & {"intracom", "autoliquidation"}:
        return
    if c.fautes & SITUATIONS_FAUSSES:
        # The situation itself is wrong for these parties: no number would make it right.
        return
    for key in ("emetteur", "client"):
        if getattr(c.document, key).tva_intra is None:
            who = "de l'émetteur" if key == "emetteur" else "du client"
            yield c.incomplete(
                "L413",
                (key,),
                f"numéro de TVA {who} manquant",
                f"ajoutez tva_intra: {'à l’émetteur' if key == 'emetteur' else 'au client'}",
            )


def need_echeance(c: Contexte) -> Iterator[Diagnostic]:
    """An invoice carries the date by which it must be paid.

    Source: C. com. art. L441-9.
    """
    if not isinstance(c.document, Facture) or c.document.paiement.echeance is not None:
        return
    if c.document.paiement.echeancier or (c.totaux is not None and c.totaux.net_a_payer == 0):
        return
    yield c.incomplete("L412", ("paiement",), "échéance manquante : aucune date de paiement")


def need_validite(c: Contexte) -> Iterator[Diagnostic]:
    """An offer says until when it stands.

    Source: C. civ. art. 1113 to 1122 (offer); order of 24 January 2017 for works.
    """
    if isinstance(c.document, Devis) and c.document.validite is None:
        yield c.find("L414", (), "ce devis ne dit pas jusqu'à quand il vaut")


def need_facture_d_origine(c: Contexte) -> Iterator[Diagnostic]:
    """A credit note cites the number and the date of its invoice.

    Source: CGI art. 289, I-5; BOI-TVA-DECLA-30-20-20-20 §§ 220 and 260.
    """
    if not isinstance(c.document, Avoir):
        return
    renvoi = c.document.facture
    if renvoi is None or renvoi.numero is None or renvoi.date is None:
        missing = [
            word
            for word, value in (("numéro", renvoi and renvoi.numero), ("date", renvoi and renvoi.date))
            if value is None
        ]
        plural = "s" if len(missing) > 1 else "e" if missing == ["date"] else ""
        yield c.incomplete("L415", ("facture",), f"{' et '.join(missing)} de la facture corrigée manquant{plural}")
    if c.document.motif is None:
        yield c.find("L416", (), "cet avoir ne dit pas son motif")


def need_cours(c: Contexte) -> Iterator[Diagnostic]:
    """VAT is also given in euros.

    Source: CGI art. 289; BR-FR-CO-12.
    """
    if isinstance(c.document, Devis) or c.document.devise == "EUR" or c.document.cours_eur is not None:
        return
    if c.totaux is not None and c.totaux.total_tva != 0:
        yield c.incomplete("L428", ("devise",), f"la TVA d'une facture en {c.document.devise} se donne aussi en euros")


def need_iban(c: Contexte) -> Iterator[Diagnostic]:
    """Where to pay, when a transfer is offered.

    Source: EN 16931 BT-84 (payment account identifier), wanted with payment means 30 or 58.
    """
    if (
        isinstance(c.document, Facture)
        and "virement" in c.document.paiement.moyens
        and c.document.emetteur.iban is None
    ):
        yield c.find("L425", ("emetteur",), "virement proposé sans IBAN")


# --- Rules that need the sums ----------------------------------------------------------------------------------------


def check_controle(c: Contexte) -> Iterator[Diagnostic]:
    """Totals that the writer expected."""
    if c.totaux is None:
        return
    for name in type(c.document.controle).model_fields:
        wanted = getattr(c.document.controle, name)
        if wanted is not None and wanted != c.totaux.value_of(name):
            found = to_amount(c.totaux.value_of(name), c.totaux.decimales)
            yield c.find(
                "M304", ("controle", name), f"{to_amount(wanted, c.totaux.decimales)} attendu, {found} calculé"
            )


def check_echeancier_montants(c: Contexte) -> Iterator[Diagnostic]:
    """Instalments in amounts add up to what is to pay."""
    amounts = [
        t.part.montant for t in c.document.paiement.echeancier if t.part is not None and t.part.montant is not None
    ]
    if c.totaux is None or not amounts or len(amounts) < len(c.document.paiement.echeancier):
        return
    if sum(amounts, ZERO) != c.totaux.net_a_payer:
        total, due = to_plain(sum(amounts, ZERO)), to_plain(c.totaux.net_a_payer)
        yield c.find("F227", ("paiement", "echeancier"), f"les parts font {total}, il y a {due} à payer", at_key=True)


def list_biens_offerts(document: Document, totaux: Totaux) -> list[tuple[Chemin, Decimal]]:
    """Return each line of goods given, with its real value TTC, not rounded, in the document's currency.

    Source: CGI ann. II art. 206, IV-2-3° (goods only; services given for the business are not concerned).
    """
    return [
        (item.chemin, item.brut * (1 + item.groupe.facteur) if item.brut_ttc is None else item.brut_ttc)
        for item in totaux.lignes
        if item.statut == "offert" and (item.ligne.nature or document.nature_operation) == "bien"
    ]


def check_cadeau_biens(c: Contexte) -> Iterator[Diagnostic]:
    """Goods given above the yearly threshold per beneficiary.

    Source: CGI ann. II art. 206, IV-2-3°; ann. IV art. 28-00 A (73 EUR TTC since 2021-01-01).
    """
    if c.totaux is None or c.document.devise != "EUR":
        return
    seuil = c.find_seuil("cadeau-bien-ttc")
    if seuil is None:
        return
    gifts = list_biens_offerts(c.document, c.totaux)
    if sum((value for _, value in gifts), ZERO) > seuil:
        yield c.find("L429", gifts[0][0], f"biens offerts pour plus de {to_plain(seuil)} € TTC par an et par client")


REGLES_VALEUR: tuple[Regle, ...] = (
    check_offert_option,
    check_parts,
    check_prix,
    check_quantites,
    check_cadeaux,
    check_listes,
    check_decimales,
    check_reglements,
    check_procedure,
    check_nature,
    check_rectificative,
    check_solde,
    check_echeancier,
    check_dates,
    check_characters,
    check_identifiants,
    check_banque,
    check_franchise,
    check_taux_zero,
    check_hors_champ,
    check_delai,
    check_penalites_publiques,
    check_references_legales,
    check_plancher,
    check_penalites_particulier,
)
REGLES_ABSENCE: tuple[Regle, ...] = (
    need_lignes,
    need_tva,
    need_parts_of_groups,
    need_date,
    need_emetteur,
    need_client,
    need_numeros_tva,
    need_echeance,
    need_validite,
    need_facture_d_origine,
    need_cours,
    need_iban,
)
REGLES_TOTAUX: tuple[Regle, ...] = (check_controle, check_echeancier_montants, check_cadeau_biens)


def apply_rules(regles: tuple[Regle, ...], contexte: Contexte) -> list[Diagnostic]:
    """Return what a set of rules finds."""
    return [diagnostic for regle in regles for diagnostic in regle(contexte)]


def has_blocking(diagnostics: list[Diagnostic], families: str = "YF") -> bool:
    """Say whether there is an error of these families."""
    return any(found.is_error and found.code[0] in families for found in diagnostics)
