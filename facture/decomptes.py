"""What is still owed on an invoice, on a day: its sums, its payments and its credit notes, given to the engine.

Why apart from `penalites`: the engine knows dates, amounts and rates. Here a facture becomes a claim (who may ask for
what, since when), and whatever stands in the way of an exact answer becomes a finding at a line of a file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from facture import typo
from facture.amounts import ZERO, to_amount
from facture.documents import Avoir, Facture, Partie
from facture.echeances import ReglePenalites
from facture.errors import Chemin, Diagnostic
from facture.lecture import Lecture
from facture.lettres import Relance
from facture.monnaies import minor_unit
from facture.penalites import Creance, Decompte, Mouvement, TropPercu, compute_decompte, to_json
from facture.source import finding
from facture.taux import Bareme, TauxAbsent
from facture.totaux import Totaux

DEVISE_INDEMNITE = "EUR"
"""Currency of the flat recovery cost. Source: C. com. art. D441-5; CCP art. D2192-35."""


@dataclass(frozen=True, slots=True)
class Offert:
    """What was given on an invoice, at its real value, in the unit of its prices."""

    designation: str
    valeur: Decimal


@dataclass(frozen=True, slots=True)
class AvoirImpute:
    """A credit note that reduces what an invoice asks for."""

    numero: str
    date: dt.date
    montant: Decimal
    fichier: str


@dataclass(frozen=True, slots=True)
class Impaye:
    """An invoice followed up on a day.

    Attributes:
        fichier: its file, as typed or as found.
        numero: its number, "" for a draft.
        date: of the invoice.
        qualite: of the client.
        decompte: the working, down to what is still owed.
        indemnite_eur: the flat recovery cost of an invoice in another currency, owed beside the total; zero otherwise.
    """

    fichier: str
    facture: Facture
    totaux: Totaux
    numero: str
    date: dt.date
    qualite: str
    avoirs: tuple[AvoirImpute, ...]
    decompte: Decompte
    indemnite_eur: Decimal = ZERO

    @property
    def offerts(self) -> tuple[Offert, ...]:
        """What was given on the invoice."""
        return tuple(
            Offert(item.ligne.designation or "", item.brut if item.brut_ttc is None else item.brut_ttc)
            for item in self.totaux.lignes
            if item.statut == "offert"
        )


@dataclass(frozen=True, slots=True)
class Pieces:
    """The parts of a facture's dossier that a claim is made of."""

    lecture: Lecture
    facture: Facture
    totaux: Totaux
    date: dt.date
    echeance: dt.date | None
    penalites: ReglePenalites | None
    indemnite: Decimal


def follow(
    pieces: Pieces, avoirs: Sequence[tuple[Lecture, Avoir, Totaux]], arrete_au: dt.date, bareme: Bareme
) -> tuple[Impaye | None, list[Diagnostic]]:
    """Compute what is owed on an invoice.

    Args:
        pieces: the invoice, read, judged and summed, without errors.
        avoirs: the credit notes that name it.
        arrete_au: last day that counts.
        bareme: rates by half-year.

    Returns: the invoice followed up, or None with the findings that say why it cannot be: no due date (L450), a payment
        or a credit note larger than what was owed (L451, L453), a credit note in another currency (M310), a rate that
        no table gives (L441, exit 5). A rate below the floor of the law is a warning (L454).
    """
    lecture, facture = pieces.lecture, pieces.facture
    qualite = facture.client.qualite_deduite
    missing = [*_check_claim(pieces, qualite), *_check_devises(facture, avoirs)]
    if missing or qualite is None or pieces.penalites is None:
        return None, missing
    imputes = _list_avoirs(avoirs)
    if twice := _find_twice(pieces, avoirs):
        return None, twice
    in_euros = facture.devise == DEVISE_INDEMNITE
    flat = pieces.indemnite if qualite != "particulier" else ZERO
    creance = Creance(
        principal=pieces.totaux.net_a_payer,
        # Nothing to pay is due on no day, and late on none.
        echeance=pieces.echeance or pieces.date,
        regle=pieces.penalites,
        qualite=qualite,
        decimales=minor_unit(facture.devise),
        mouvements=_list_mouvements(facture, pieces.date, imputes),
        mise_en_demeure=facture.mise_en_demeure,
        procedure_collective=facture.procedure_collective,
        imputation=facture.paiement.imputation,
        base_jours=int(facture.paiement.base_jours),
        capitalisation=facture.paiement.capitalisation,
        indemnite=flat if in_euros else ZERO,
    )
    try:
        creance, decompte, excess = _compute(pieces, creance, arrete_au, bareme)
    except TauxAbsent as absent:
        position, path = lecture.place(("paiement", "penalites"))
        return None, [finding("L441", absent.describe(), position, path, absent.advice())]
    except TropPercu as trop:
        return None, [_describe_excess(pieces, trop)]
    imputes = _keep_applied(imputes, creance)
    owed_apart = ZERO
    if not in_euros and flat:
        # The engine adds amounts of one currency: asked the same question in euros alone, it says whether it is due.
        owed_apart = compute_decompte(replace(creance, indemnite=flat), arrete_au, bareme).indemnite
    impaye = Impaye(
        lecture.fichier,
        facture,
        pieces.totaux,
        facture.numero or "",
        pieces.date,
        qualite,
        tuple(imputes),
        decompte,
        owed_apart,
    )
    return impaye, [*excess, *_check_floor(pieces, decompte)]


def _compute(
    pieces: Pieces, creance: Creance, arrete_au: dt.date, bareme: Bareme
) -> tuple[Creance, Decompte, list[Diagnostic]]:
    """Return the account; what a credit note gives beyond what was left is to be paid back, and is said (L453).

    Raises: TropPercu for a payment larger than all that was owed, TauxAbsent.
    """
    found: list[Diagnostic] = []
    while True:
        try:
            return creance, compute_decompte(creance, arrete_au, bareme), found
        except TropPercu as trop:
            if trop.mouvement.genre != "avoir":
                raise
            found.append(_describe_excess(pieces, trop))
            kept = replace(trop.mouvement, montant=trop.mouvement.montant - trop.excedent)
            moves = tuple(kept if item is trop.mouvement else item for item in creance.mouvements)
            creance = replace(creance, mouvements=moves)


def _keep_applied(imputes: Sequence[AvoirImpute], creance: Creance) -> list[AvoirImpute]:
    """Return the credit notes with what each really took off the invoice."""
    applied = {(item.date, item.libelle): item.montant for item in creance.mouvements if item.genre == "avoir"}
    kept = [replace(item, montant=applied[item.date, item.numero]) for item in imputes]
    return [item for item in kept if item.montant]


def _check_claim(pieces: Pieces, qualite: str | None) -> list[Diagnostic]:
    """Say what a claim lacks: a client's quality, a due date."""
    found: list[Diagnostic] = []

    def add(code: str, chemin: Chemin, message: str, advice: str = "") -> None:
        position, path = pieces.lecture.place(chemin)
        found.append(finding(code, message, position, path, advice))

    if qualite is None:
        add("L410", ("client",), "qualité du client inconnue : les pénalités en dépendent")
    if pieces.echeance is None and pieces.totaux.net_a_payer > 0:
        if pieces.facture.paiement.echeancier:
            message = "facture payable en plusieurs fois, sans date pour le tout : rien ne dit d'où compter le retard"
            add("L450", ("paiement",), message, "ajoutez à paiement le jour où tout était dû : echeance: 2026-06-30")
        else:
            add("L450", ("paiement",), "facture sans échéance : rien ne dit d'où compter le retard")
    return found


def _check_devises(facture: Facture, avoirs: Sequence[tuple[Lecture, Avoir, Totaux]]) -> list[Diagnostic]:
    """Refuse a credit note in another currency than its invoice: nothing says at what rate it would come off."""
    found = []
    for lecture, avoir, _ in avoirs:
        if avoir.devise != facture.devise:
            position, path = lecture.place(("devise",))
            message = f"avoir en {avoir.devise} sur la facture {facture.numero}, en {facture.devise}"
            found.append(finding("M310", message, position, path, "faites l'avoir dans la devise de la facture"))
    return found


def _find_twice(pieces: Pieces, avoirs: Sequence[tuple[Lecture, Avoir, Totaux]]) -> list[Diagnostic]:
    """Say that two files bear one number: which of them counts is not ours to guess."""
    seen: dict[str, str] = {}
    found = []
    for lecture, avoir, _ in avoirs:
        first = seen.setdefault(avoir.numero or lecture.fichier, lecture.fichier)
        if first != lecture.fichier:
            position, path = lecture.place(("numero",))
            message = f"l'avoir « {avoir.numero} » de la facture {pieces.facture.numero} est aussi dans {first}"
            found.append(finding("F243", message, position, path, "gardez-en un seul, ou corrigez son numéro"))
    return found


def _list_avoirs(avoirs: Sequence[tuple[Lecture, Avoir, Totaux]]) -> list[AvoirImpute]:
    imputes = [
        AvoirImpute(avoir.numero or "", avoir.date, totaux.total_ttc, lecture.fichier)
        for lecture, avoir, totaux in avoirs
        if avoir.date is not None
    ]
    return sorted(imputes, key=lambda item: (item.date, item.numero))


def _list_mouvements(facture: Facture, date: dt.date, avoirs: Sequence[AvoirImpute]) -> tuple[Mouvement, ...]:
    """Return what reduced the claim after the invoice; a payment made by its date is in its net already."""
    paid = [
        Mouvement(reglement.date, reglement.montant, "reglement", reglement.moyen or "")
        for reglement in facture.reglements
        if reglement.date is not None and reglement.date > date and reglement.montant
    ]
    credited = [Mouvement(avoir.date, avoir.montant, "avoir", avoir.numero) for avoir in avoirs]
    return tuple(sorted((*paid, *credited), key=lambda item: item.date))


def _describe_excess(pieces: Pieces, trop: TropPercu) -> Diagnostic:
    facture, mouvement = pieces.facture, trop.mouvement
    excess = typo.format_money(trop.excedent, facture.devise, "fr")
    amount = typo.format_money(mouvement.montant, facture.devise, "fr")
    day = typo.format_date(mouvement.date, "fr")
    if mouvement.genre == "avoir":
        position, path = pieces.lecture.place(())
        message = f"l'avoir {mouvement.libelle} de {amount} dépasse de {excess} ce qui restait à payer le {day}"
        return finding("L453", message, position, path, f"rendez {excess} au client, ou vérifiez ses règlements")
    index = next(
        (
            rank
            for rank, item in enumerate(facture.reglements)
            if item.date == mouvement.date and item.montant == mouvement.montant
        ),
        0,
    )
    position, path = pieces.lecture.place(("reglements", index, "montant"))
    message = f"{amount} reçus le {day} : {excess} de plus que tout ce qui était dû ce jour-là"
    owed = typo.format_money(mouvement.montant - trop.excedent, facture.devise, "fr")
    advice = f"vérifiez le montant et la date ; s'ils sont justes, notez ici {owed} : le reste est à rendre"
    return finding("L451", message, position, path, advice)


def _check_floor(pieces: Pieces, decompte: Decompte) -> list[Diagnostic]:
    """Say in which half-years the agreed rate is below three times the legal one; nothing is raised in silence.

    Source: C. com. art. L441-10, II: the floor bears on the rate that the parties agree on, not on ECB + 10.
    """
    if decompte.is_statutory or not decompte.planchers:
        return []
    position, path = pieces.lecture.place(("paiement", "penalites"))
    rows = [
        f"{_name_half(row.du)} : {typo.format_rate(row.taux, 'fr')} pour un plancher de "
        f"{typo.format_rate(row.minimum, 'fr')}"
        for row in decompte.planchers
    ]
    message = f"« {decompte.creance.regle} » est sous trois fois le taux légal, {' ; '.join(rows)}"
    return [finding("L454", message, position, path)]


def _name_half(day: dt.date) -> str:
    return f"{'1er' if day.month <= 6 else '2e'} semestre {day.year}"


def describe_statutory_floor(decompte: Decompte) -> str:
    """Return the note that ECB + 10 deserves when it is below three times the legal rate, or nothing.

    Source: C. com. art. L441-10, II; in 2024, 14.50 and 14.25 % against 15.21 and 14.76 %.
    """
    if not decompte.is_statutory or not decompte.planchers:
        return ""
    rows = [f"{_name_half(row.du)} ({typo.format_rate(row.minimum, 'fr')})" for row in decompte.planchers]
    return (
        f"bce+10 est alors sous trois fois le taux légal, {', '.join(rows)} : la loi fait porter ce plancher sur le "
        "taux convenu, pas sur celui qu'elle fixe elle-même ; bce+10 est appliqué"
    )


# --- Several invoices in one notice ----------------------------------------------------------------------------------


def _tell_apart(one: Partie, other: Partie) -> tuple[str, str]:
    """Return two parties as they differ: by name, or by SIREN when two companies bear one name; the same otherwise."""
    known = [party.siren or (party.siret or "")[:9] for party in (one, other)]
    if all(known) and known[0] == known[1]:
        return "", ""
    names = (one.nom or "", other.nom or "")
    return (known[0], known[1]) if names[0] == names[1] and all(known) else names


def check_gathering(lecture: Lecture, relance: Relance, impayes: Sequence[Impaye]) -> list[Diagnostic]:
    """Judge what a notice gathers: numbered invoices of one sender to one client, in one currency, late, and unpaid.

    Args:
        lecture: of the notice; `impayes` are its invoices, in their order.
    """
    found: list[Diagnostic] = []

    def add(code: str, index: int, message: str, advice: str = "") -> None:
        position, path = lecture.place(("factures", index))
        found.append(finding(code, message, position, path, advice))

    for index, impaye in enumerate(impayes):
        first, decompte = impayes[0], impaye.decompte
        named = impaye.numero or impaye.fichier
        if not impaye.numero:
            add("L457", index, f"{impaye.fichier} est un brouillon : seule une facture numérotée se relance")
        for name, one, other in (
            ("client", *_tell_apart(first.facture.client, impaye.facture.client)),
            ("émetteur", *_tell_apart(first.facture.emetteur, impaye.facture.emetteur)),
            ("qualité du client", first.qualite, impaye.qualite),
            ("devise", first.facture.devise, impaye.facture.devise),
            ("base_jours", first.facture.paiement.base_jours, impaye.facture.paiement.base_jours),
            ("imputation", first.facture.paiement.imputation, impaye.facture.paiement.imputation),
        ):
            if one != other:
                add("L458", index, f"facture {named} : {name} « {other} », et « {one} » sur la première")
        judged, alone = first.facture.procedure_collective, impaye.facture.procedure_collective
        if judged != alone:
            shown = [typo.format_date(day, "fr") if day is not None else "non notée" for day in (alone, judged)]
            message = f"facture {named} : procédure collective {shown[0]}, et {shown[1]} sur la première"
            add("L458", index, message, "notez procedure_collective: sur chaque facture de ce client")
        due = decompte.creance.echeance
        if decompte.arrete_au <= due:
            day, today = typo.format_date(due, "fr"), typo.format_date(decompte.arrete_au, "fr")
            add("L459", index, f"facture {named} : à payer le {day}, elle n'est pas en retard le {today}")
        elif decompte.total <= 0 and impaye.indemnite_eur <= 0:
            add("L459", index, f"facture {named} : plus rien n'est dû")
    suspended = relance.niveau == 3
    for index, impaye in enumerate(impayes):
        facture = impaye.facture
        if suspended and impaye.qualite == "particulier" and facture.mise_en_demeure is None:
            add("L456", index, f"facture {impaye.numero} : ce particulier n'a pas été mis en demeure")
            break
    return found


# --- For scripts -----------------------------------------------------------------------------------------------------


def impaye_to_json(impaye: Impaye) -> dict[str, Any]:
    """Return an invoice's account for JSON: the engine's object, then what names the invoice."""
    shown = to_json(impaye.decompte)
    shown |= {"numero": impaye.numero or None, "devise": impaye.facture.devise}
    if impaye.indemnite_eur:
        shown["indemnite_eur"] = to_amount(impaye.indemnite_eur, 2)
    return shown


def gather_to_json(impayes: Sequence[Impaye]) -> dict[str, Any]:
    """Return the account of a notice for JSON: its invoices, and their sums."""
    decomptes = [impaye.decompte for impaye in impayes]
    decimals = decomptes[0].creance.decimales

    def add(values: Iterable[Decimal]) -> str:
        return to_amount(sum(values, ZERO), decimals)

    shown = {
        "arrete_au": decomptes[0].arrete_au.isoformat(),
        "factures": [impaye_to_json(impaye) for impaye in impayes],
        "principal": add(decompte.creance.principal for decompte in decomptes),
        "interets": add(decompte.interets for decompte in decomptes),
        "indemnite": add(decompte.indemnite for decompte in decomptes),
        "total": add(decompte.total for decompte in decomptes),
        "regle": add(decompte.regle for decompte in decomptes),
        "avoirs": add(decompte.avoirs for decompte in decomptes),
    }
    if apart := sum((impaye.indemnite_eur for impaye in impayes), ZERO):
        shown["indemnite_eur"] = to_amount(apart, 2)
    return shown


def list_postes(impaye: Impaye) -> list[dict[str, str]]:
    """Return an account as rows whose amounts add up to what is still owed: for a spreadsheet."""
    decompte = impaye.decompte
    decimals = decompte.creance.decimales
    due = decompte.creance.echeance.isoformat()

    def row(poste: str, montant: Decimal, **rest: str) -> dict[str, str]:
        return {"facture": impaye.numero, "poste": poste, "montant": to_amount(montant, decimals), **rest}

    rows = [row("principal", decompte.creance.principal, au=due)]
    rows += [
        row("avoir", -avoir.montant, au=avoir.date.isoformat())
        for avoir in impaye.avoirs
        if avoir.date <= decompte.arrete_au
    ]
    rows += [
        row(
            "interets",
            tranche.interets,
            du=shown["du"],
            au=shown["au"],
            jours=str(shown["jours"]),
            taux=shown["taux"],
            base=shown["base"],
        )
        for tranche, shown in zip(decompte.tranches, to_json(decompte)["tranches"], strict=True)
    ]
    rows += [
        row("reglement", -item.mouvement.montant, au=item.mouvement.date.isoformat()) for item in decompte.imputations
    ]
    if decompte.indemnite:
        rows.append(row("indemnite", decompte.indemnite))
    return rows
