"""What a letter must get right: the keys it cannot do without, dates that agree, and nothing vague.

Why a rule against vagueness: « dès que possible » costs nothing to write and tells a client nothing. A letter of this
program names a date, a figure or a person, or says in a warning that it does not.

As in `facture.rules`, rules of absence stay silent while the file has Y or F errors. What needs a sum is judged
elsewhere (`facture.decomptes`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from facture import typo
from facture.amounts import ZERO, count_decimals, to_plain
from facture.documents import Document, Promesse
from facture.errors import Chemin, Diagnostic, RefusError
from facture.grammaire import Modele
from facture.lecture import Lecture
from facture.lettres import (
    REQUIS_PROMESSE,
    CadreDeMission,
    Courrier,
    Engagement,
    ErreurAssumee,
    Exigence,
    FinDeCollaboration,
    Geste,
    HausseTarifs,
    Lettre,
    MauvaiseNouvelle,
    Relance,
    Renegociation,
    ReportDelai,
    Reprise,
    SuspensionTravaux,
)
from facture.modeles import NOMS_COMMUNS, list_noms, list_printed, load_modele
from facture.monnaies import minor_unit
from facture.rules import Contexte, apply_rules, check_banque, check_identifiants, need_client, need_emetteur
from facture.sandbox import Valeur
from facture.source import Texte, find_node, finding

PREAVIS_HAUSSE = 30
"""Days of notice under which a price rise comes as a surprise. Source: usage; the contract prevails."""
NIVEAU_SUSPENSION = 3


@dataclass(frozen=True)
class _Jugement:
    """A letter under judgement, and how to place a finding in its text."""

    lecture: Lecture
    lettre: Lettre
    date: dt.date

    def find(self, code: str, chemin: Chemin, message: str, advice: str = "", *, at_key: bool = False) -> Diagnostic:
        """Return a finding at a path; at the nearest group when it is not there."""
        position, path = self.lecture.place(chemin, at_key=at_key)
        return finding(code, message, position, path, advice)

    def has(self, chemin: Chemin) -> bool:
        """Say whether the text holds this path."""
        return find_node(self.lecture.racine, chemin) is not None

    def need_after(
        self, chemin: Chemin, day: dt.date | None, message: str, *, or_same: bool = False
    ) -> list[Diagnostic]:
        """Return a finding when a day does not come after that of the letter."""
        if day is None or day > self.date or (or_same and day == self.date):
            return []
        return [self.find("L461", chemin, f"{message} : la lettre est du {show(self.date)}")]

    def need_before(self, chemin: Chemin, day: dt.date | None, message: str) -> list[Diagnostic]:
        """Return a finding when a day comes after that of the letter."""
        if day is None or day <= self.date:
            return []
        return [self.find("L461", chemin, f"{message} : la lettre est du {show(self.date)}")]

    def need_order(
        self, before: dt.date | None, chemin: Chemin, after: dt.date | None, message: str
    ) -> list[Diagnostic]:
        """Return a finding at the second of two days when it does not come after the first.

        Args:
            message: where `{}` stands for the first day.
        """
        if before is None or after is None or after > before:
            return []
        return [self.find("L461", chemin, message.format(show(before)))]


def show(day: dt.date) -> str:
    """Return a day in words."""
    return typo.format_date(day, "fr")


def check_courrier(lecture: Lecture, courrier: Courrier, date: dt.date) -> list[Diagnostic]:
    """Judge a letter.

    Args:
        lecture: what was read of it.
        courrier: the letter, of the class of its `modele`.
        date: its date.

    Returns: every finding: parties (L401 to L424), amounts (F206), missing keys (F238), keys that exclude each other
        (F244), dates (L461), vague words (L460), what each kind of letter must heed (L462 to L469), and the faults of
        the project's own text of it (F245 to F249).
    """
    c = _Jugement(lecture, courrier, date)
    explained = [
        name for name in type(courrier).model_fields if name not in Courrier.model_fields and name not in _LIBRES
    ]
    textes = _iter_textes(courrier, ["promesses", *explained])
    found = [*_check_dates(c, courrier), *_check_contenu(c, courrier), *_check_vague(c, textes, courrier.langue)]
    found += _check_decimales(c, courrier)
    found += _judge_parties(c, ("emetteur", "client"))
    if not lecture.has_errors:
        found += _need_cles(c)
    if courrier.modele is not None:
        found += _check_textes(c, courrier.modele, courrier, write=not any(one.is_error for one in found))
    return found


def check_relance(lecture: Lecture, relance: Relance, date: dt.date) -> list[Diagnostic]:
    """Judge what a late payment notice says, but for its sums.

    Args:
        lecture: what was read of it.
        relance: the notice, completed with the parties and the language of its invoices.
        date: its date.

    Returns: every finding, with the codes of `check_courrier`.
    """
    c = _Jugement(lecture, relance, date)
    found = _check_relance_dates(c, relance)
    typed = tuple(key for key in ("emetteur", "client") if c.has((key,)))
    found += _judge_parties(c, typed)
    if not lecture.has_errors:
        found += _need_cles(c)
        # A public contract says by itself whether anything may be suspended.
        public = relance.client.qualite_deduite == "public"
        if relance.niveau == NIVEAU_SUSPENSION and relance.suspension is None and not public:
            advice = (
                "ajoutez suspension: {a_compter_du: 2026-12-08, prestations: [maintenance], reprise: dès le paiement}"
            )
            message = "clé « suspension » manquante : dites ce qui s'arrête, quand, et ce qui le fait reprendre"
            found.append(c.find("F238", ("suspension",), message, advice))
    if relance.niveau is not None:
        found += _check_textes_relance(c, relance)
    if relance.suspension is not None:
        found += _check_prestations(c, ("suspension", "prestations"), relance.suspension.prestations, named=True)
        textes = _iter_textes(relance.suspension, ("prestations", "reprise"), ("suspension",))
        found += _check_vague(c, textes, relance.langue or "fr")
    return found


# --- Parties ---------------------------------------------------------------------------------------------------------


def _judge_parties(c: _Jugement, keys: Sequence[str]) -> list[Diagnostic]:
    """Judge who writes to whom as on an invoice.

    Source: C. com. art. R123-237 and R123-238: correspondence carries the identity of its sender too.
    """
    lettre = c.lettre
    stand_in = Document.model_construct(type="courrier", numero="-", emetteur=lettre.emetteur, client=lettre.client)
    contexte = Contexte(c.lecture, stand_in, c.date)
    regles = [check_identifiants, check_banque]
    if not c.lecture.has_errors:
        regles += [need_emetteur] if "emetteur" in keys else []
        regles += [need_client] if "client" in keys else []
    found = apply_rules(tuple(regles), contexte)
    # A letter that goes by e-mail needs no postal address.
    by_mail = lettre.envoi == "courriel"
    return [_cite(one) for one in found if one.path.partition(".")[0] in keys and not (by_mail and one.code == "L409")]


def _cite(found: Diagnostic) -> Diagnostic:
    """Return a finding with the law of letters: the tax code says what an invoice carries, and nothing of a letter."""
    if not found.law.startswith("CGI"):
        return found
    return replace(found, law="C. com. art. R123-237 et R123-238" if found.path.startswith("emetteur") else "")


# --- What must be there ----------------------------------------------------------------------------------------------


def _need_cles(c: _Jugement) -> Iterator[Diagnostic]:
    yield from _need(c, (), c.lettre, type(c.lettre).REQUIS)
    for chemin, group in _iter_groups(c.lettre):
        requis = REQUIS_PROMESSE if isinstance(group, Promesse) else getattr(group, "REQUIS", ())
        yield from _need(c, chemin, group, requis)


def _need(c: _Jugement, chemin: Chemin, group: Modele, requis: Sequence[Exigence]) -> Iterator[Diagnostic]:
    for exigence in requis:
        keys = (exigence.cle, *exigence.ou)
        if all(_is_absent(group, key) for key in keys):
            named = " ou ".join(f"« {key} »" for key in keys)
            message = f"clé {named} manquante : dites {exigence.libelle}"
            yield c.find("F238", (*chemin, exigence.cle), message, f"ajoutez {exigence.exemple}", at_key=True)


def _is_absent(group: Modele, key: str) -> bool:
    value = getattr(group, _field_of(group, key))
    return value is None or value == ()


def _field_of(group: Modele, key: str) -> str:
    return next((name for name, field in type(group).model_fields.items() if field.alias == key), key)


def _iter_groups(lettre: Lettre) -> Iterator[tuple[Chemin, Modele]]:
    """Yield every group of keys of a letter but its parties, with its path."""
    for name, field in type(lettre).model_fields.items():
        if name in ("emetteur", "client"):
            continue
        key, value = field.alias or name, getattr(lettre, name)
        if isinstance(value, Modele):
            yield (key,), value
        elif isinstance(value, tuple):
            yield from (((key, index), item) for index, item in enumerate(value) if isinstance(item, Modele))


# --- Dates -----------------------------------------------------------------------------------------------------------


def _check_dates(c: _Jugement, courrier: Courrier) -> list[Diagnostic]:
    """Say which dates contradict each other.

    Why errors: whoever receives such a letter cannot know which of the two to believe.
    """
    found = _check_promesses(c, "promesses", courrier.promesses)
    match courrier:
        case HausseTarifs():
            found += _check_hausse(c, courrier)
        case ReportDelai():
            found += _check_report(c, courrier)
        case ErreurAssumee():
            found += c.need_before(("le",), courrier.le, "ces faits ne sont pas encore arrivés")
            if courrier.le and courrier.reparation_le and courrier.reparation_le < courrier.le:
                message = f"réparation datée d'avant les faits, qui sont du {show(courrier.le)}"
                found.append(c.find("L461", ("reparation_le",), message))
        case MauvaiseNouvelle() | Renegociation() | CadreDeMission():
            found += c.need_after(("reponse_avant",), courrier.reponse_avant, "ce délai de réponse est déjà passé")
        case SuspensionTravaux():
            message = "cette suspension a déjà commencé"
            found += c.need_after(("a_compter_du",), courrier.a_compter_du, message, or_same=True)
            found += _check_echues(c, courrier)
        case Reprise():
            found += _check_promesses(c, "calendrier", courrier.calendrier, since=courrier.reprise_le)
        case FinDeCollaboration():
            found += _check_promesses(c, "reste", courrier.reste)
            found += c.need_after(("fin_le",), courrier.fin_le, "cette collaboration est déjà finie", or_same=True)
            last = courrier.derniere_facture
            if last is not None and last.date is not None and last.echeance is not None and last.echeance < last.date:
                found.append(c.find("L461", ("derniere_facture", "echeance"), "échéance avant la date de la facture"))
    return found


def _check_promesses(
    c: _Jugement, key: str, promesses: Sequence[Promesse], since: dt.date | None = None
) -> list[Diagnostic]:
    """Judge the dates of what is promised: none before the letter, nor before the work starts again."""
    found: list[Diagnostic] = []
    for index, promesse in enumerate(promesses):
        chemin: Chemin = (key, index, "pour")
        if promesse.statut != "due" or promesse.pour is None:
            continue
        late = c.need_after(chemin, promesse.pour, "cette date est déjà passée", or_same=True)
        found += late
        if not late and since is not None and promesse.pour < since:
            found.append(c.find("L461", chemin, f"cette date vient avant la reprise, le {show(since)}"))
    return found


def _check_hausse(c: _Jugement, courrier: HausseTarifs) -> list[Diagnostic]:
    start = courrier.a_compter_du
    late = c.need_after(("a_compter_du",), start, "une hausse s'annonce avant de s'appliquer")
    if start is None or late:
        return late
    found = c.need_after(("commande_avant",), courrier.commande_avant, "ce délai est déjà passé", or_same=True)
    if courrier.commande_avant is not None and courrier.commande_avant >= start:
        message = f"les nouveaux prix s'appliquent dès le {show(start)} : les anciens valent jusqu'à la veille"
        eve = start - dt.timedelta(days=1)
        found.append(c.find("L461", ("commande_avant",), message, f"écrivez {eve.isoformat()}, ou plus tôt"))
    found += c.need_after(("resiliation_avant",), courrier.resiliation_avant, "ce délai est déjà passé", or_same=True)
    days = (start - c.date).days
    if courrier.contrat_en_cours and days < PREAVIS_HAUSSE:
        message = f"hausse annoncée {days} jour{'s' if days > 1 else ''} avant"
        found.append(c.find("L462", ("a_compter_du",), message))
    return found


def _check_report(c: _Jugement, courrier: ReportDelai) -> list[Diagnostic]:
    promised = courrier.promesse.pour if courrier.promesse is not None else None
    chemin: Chemin = ("nouvelle_date",)
    found = c.need_after(chemin, courrier.nouvelle_date, "cette nouvelle date est déjà passée")
    if not found:
        message = "une nouvelle date vient après celle qui était promise, le {}"
        found += c.need_order(promised, chemin, courrier.nouvelle_date, message)
    if promised is not None and c.date > promised:
        message = f"la date promise, le {show(promised)}, est déjà passée"
        found.append(c.find("L464", ("promesse", "pour"), message))
    return found


def _check_echues(c: _Jugement, courrier: SuspensionTravaux) -> list[Diagnostic]:
    """An invoice whose day has not come is no reason to stop anything."""
    return [
        c.find("L461", ("factures", index, "echeance"), f"cette facture n'est à payer que le {show(facture.echeance)}")
        for index, facture in enumerate(courrier.factures)
        if facture.echeance is not None and facture.echeance >= c.date
    ]


def _check_relance_dates(c: _Jugement, relance: Relance) -> list[Diagnostic]:
    limit = relance.delai.compute_date(c.date) if relance.delai is not None else None
    found = c.need_after(("delai",), limit, "ce délai de paiement est déjà passé", or_same=True)
    found += c.need_before(
        ("arrete_au",), relance.arrete_au, "la somme est arrêtée à un jour qui n'est pas encore venu"
    )
    for index, previous in enumerate(relance.precedentes):
        found += c.need_before(("precedentes", index, "date"), previous.date, "cette relance n'est pas encore envoyée")
    if relance.suspension is not None and relance.suspension.a_compter_du is not None:
        chemin: Chemin = ("suspension", "a_compter_du")
        late = c.need_after(chemin, relance.suspension.a_compter_du, "cette suspension a déjà commencé")
        found += late
        if not late:
            message = "le client a jusqu'au {} pour payer : la suspension vient après"
            found += c.need_order(limit, chemin, relance.suspension.a_compter_du, message)
    return found


# --- What each kind must heed ----------------------------------------------------------------------------------------


def _check_contenu(c: _Jugement, courrier: Courrier) -> list[Diagnostic]:
    match courrier:
        case HausseTarifs():
            return [*_check_tarifs(c, courrier), *_check_particulier(c, courrier)]
        case SuspensionTravaux():
            return _check_prestations(c, ("prestations",), courrier.prestations, named=bool(courrier.continuent))
        case FinDeCollaboration() if courrier.preavis is None and courrier.client.qualite_deduite == "professionnel":
            return [] if c.lecture.has_errors else [c.find("L469", ("preavis",), "cette lettre ne dit rien du préavis")]
    return []


def _check_tarifs(c: _Jugement, courrier: HausseTarifs) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    if courrier.tarifs and courrier.pourcentage is not None:
        found.append(
            c.find(
                "F244", ("pourcentage",), "la hausse est dite deux fois : prix par prix, et en pourcentage", at_key=True
            )
        )
    if courrier.pourcentage == ZERO:
        found.append(c.find("L467", ("pourcentage",), "une hausse de 0 %", "écrivez de combien les prix changent"))
    seen: set[str] = set()
    for index, tarif in enumerate(courrier.tarifs):
        if tarif.ancien is not None and tarif.nouveau is not None and tarif.nouveau <= tarif.ancien:
            what = "le même" if tarif.nouveau == tarif.ancien else "plus bas"
            message = f"le nouveau prix est {what} que l'ancien"
            found.append(c.find("L467", ("tarifs", index, "nouveau"), message))
        # The same service by the hour and by the day has two prices.
        named = typo.strip_accents(f"{tarif.prestation or index} {tarif.unite or ''}").casefold()
        if named in seen:
            found.append(
                c.find("L468", ("tarifs", index, "prestation"), f"« {tarif.prestation} » est déjà dans la liste")
            )
        seen.add(named)
    return found


def _check_particulier(c: _Jugement, courrier: HausseTarifs) -> list[Diagnostic]:
    """Source: C. conso. art. R212-1, 3° (a business may not change alone the price of a consumer's contract)."""
    if courrier.client.qualite_deduite != "particulier" or not courrier.contrat_en_cours:
        return []
    return [
        c.find(
            "L463", ("contrat_en_cours",), "une lettre ne change pas le prix d'un contrat en cours avec un particulier"
        )
    ]


def _check_decimales(c: _Jugement, courrier: Courrier) -> Iterator[Diagnostic]:
    """An amount has no more decimals than its currency; a unit price may have more."""
    allowed = minor_unit(courrier.devise)
    for chemin, group in _iter_groups(courrier):
        key = "valeur" if isinstance(group, Geste) else "montant"
        value = getattr(group, key, None)
        if value is not None and count_decimals(value) > allowed:
            shown = f"{allowed} décimales au plus" if allowed else "aucune décimale"
            yield c.find("F206", (*chemin, key), f"« {to_plain(value)} » : {shown} en {courrier.devise}")


_ESSENTIELLES = re.compile(
    r"\b(?:[ée]lectricit[ée]|gaz|eau(?: potable)?|t[ée]l[ée]phon(?:e|ie)|acc[èe]s [àa] internet|chauffage)\b",
    re.IGNORECASE,
)
_TOUT = re.compile(r"\b(?:tout|toutes?|tous|l['’]ensemble|l['’]int[ée]gralit[ée])\b", re.IGNORECASE)


def _check_prestations(c: _Jugement, chemin: Chemin, prestations: Sequence[str], *, named: bool) -> list[Diagnostic]:
    """Warn of a suspension that a judge could find out of proportion.

    Args:
        named: the letter says what goes on, or has no key for it.

    Source: C. civ. art. 1219 and 1220; energy, water and telephone have rules of their own.
    """
    found: list[Diagnostic] = []
    for index, text in enumerate(prestations):
        place = (*chemin, index)
        if essential := _ESSENTIELLES.search(text):
            message = f"« {essential.group()} » : couper un service essentiel a ses propres règles"
            found.append(c.find("L465", place, message, "vérifiez-les avant d'écrire"))
        elif (whole := _TOUT.search(text)) and not named:
            found.append(c.find("L465", place, f"« {whole.group()} » : tout s'arrête-t-il vraiment ?"))
    return found


# --- Nothing vague ---------------------------------------------------------------------------------------------------

_QUAND = "écrivez une date : le 18 décembre 2026"
_COMBIEN = "écrivez un nombre, ou nommez-les"
_SUITE = "allez au bout de la liste, ou retirez « etc. »"
_VAGUES_FR = {
    "dès que possible": _QUAND, "aussitôt que possible": _QUAND, "prochainement": _QUAND, "bientôt": _QUAND,
    "au plus vite": _QUAND, "dans les meilleurs délais": _QUAND, "sous peu": _QUAND, "rapidement": _QUAND,
    "ultérieurement": _QUAND, "quelques": _COMBIEN, "certains": _COMBIEN, "certaines": _COMBIEN, "divers": _COMBIEN,
    "diverses": _COMBIEN, "plusieurs": _COMBIEN, "etc": _SUITE,
}  # fmt: skip
_VAGUES_EN = {
    "as soon as possible": _QUAND, "shortly": _QUAND, "soon": _QUAND, "in due course": _QUAND,
    "at a later date": _QUAND, "a few": _COMBIEN, "some": _COMBIEN, "various": _COMBIEN, "several": _COMBIEN,
    "etc": _SUITE,
}  # fmt: skip


def _compile(vagues: Iterable[str]) -> re.Pattern[str]:
    # The longest first: « as soon as possible » holds « soon ». A text may break a line between two words.
    words = (r"\s+".join(map(re.escape, word.split())) for word in sorted(vagues, key=len, reverse=True))
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)


_VAGUES = {"fr": (_compile(_VAGUES_FR), _VAGUES_FR), "en": (_compile(_VAGUES_EN), _VAGUES_EN)}
_LIBRES = frozenset({"remerciement"})
"""Keys that neither promise nor explain."""


def _check_vague(c: _Jugement, textes: Iterable[tuple[Chemin, str]], langue: str) -> Iterator[Diagnostic]:
    """Name the words that say nothing, where a letter promises or explains."""
    pattern, advices = _VAGUES["en" if langue == "en" else "fr"]
    for chemin, text in textes:
        found = pattern.search(text)
        if found is None:
            continue
        said = " ".join(found.group().split())
        diagnostic = c.find("L460", chemin, f"« {said} » ne dit rien à qui attend", advices[said.lower()])
        node = find_node(c.lecture.racine, chemin) or find_node(c.lecture.racine, chemin[:-1])
        index = node.value.find(found.group()) if isinstance(node, Texte) else -1
        if isinstance(node, Texte) and index >= 0:
            diagnostic = replace(diagnostic, position=node.character_position(index))
        yield diagnostic


def _iter_textes(group: Modele, keys: Iterable[str], chemin: Chemin = ()) -> Iterator[tuple[Chemin, str]]:
    """Yield the texts under some keys of a group, with their paths; of a promise, what it promises."""
    for name in keys:
        value = getattr(group, name)
        place = (*chemin, type(group).model_fields[name].alias or name)
        items = [((*place, i), item) for i, item in enumerate(value)] if isinstance(value, tuple) else [(place, value)]
        for path, item in items:
            if isinstance(item, str):
                yield path, item
            elif isinstance(item, Promesse | Engagement) and item.quoi is not None:
                yield (*path, "quoi"), item.quoi


# --- The texts that print it -----------------------------------------------------------------------------------------


def _check_textes(c: _Jugement, modele: str, courrier: Courrier, *, write: bool) -> list[Diagnostic]:
    """Judge the project's own texts of a letter, and say what they would not print of it.

    Args:
        write: the letter has all that its texts compare.
    """
    values: dict[str, Valeur] = {}
    typed: dict[str, Chemin] = {}
    for name in sorted(list_noms(modele)):
        chemin = tuple(name.split("."))
        given = c.date if name == "date" else _read(courrier, chemin)
        brut = _simplify(given)
        values[name] = Valeur(brut, "" if brut == "" else "x")
        # What every letter has, the page prints; a group prints by its keys.
        if name not in NOMS_COMMUNS and brut != "" and not isinstance(given, Modele) and c.has(chemin):
            typed[name] = chemin
    values["qualite"] = Valeur(courrier.client.qualite_deduite or "", "x")
    try:
        textes = load_modele(modele, courrier.langue, c.lecture.projet)
        printed = list_printed(textes, values) if write else set(typed)
    except RefusError as error:
        return list(error.diagnostics)
    read = {name.partition(".")[0] for name in typed if name in printed}
    # A group of which nothing is printed is one omission, not one for each of its keys.
    unread = [name if name.partition(".")[0] in read else name.partition(".")[0] for name in typed.keys() - printed]
    return [
        c.find("L466", tuple(name.split(".")), f"le texte de « {modele} » n'imprime pas « {name} »", at_key=True)
        for name in sorted(set(unread))
    ]


def _read(group: Modele, chemin: tuple[str, ...]) -> Any:
    """Return what a letter holds at a path of keys, None for what is not there."""
    found: Any = group
    for key in chemin:
        found = getattr(found, _field_of(found, key), None) if isinstance(found, Modele) else None
    return found


def _simplify(given: Any) -> Any:
    """Return what a condition of a text compares: an absent key is an empty text, a group is there."""
    if isinstance(given, tuple):
        return tuple("x" for _ in given)
    return "x" if isinstance(given, Modele) else "" if given is None else given


def _check_textes_relance(c: _Jugement, relance: Relance) -> list[Diagnostic]:
    """Judge the project's own texts of a notice; its values are sums, which are known later."""
    nom = f"relance-{relance.niveau}"
    try:
        modele = load_modele(nom, relance.langue or "fr", c.lecture.projet)
    except RefusError as error:
        return list(error.diagnostics)
    said = "suspension" in modele.emplacements or any(name.startswith("suspension_") for name in modele.noms)
    if said or relance.suspension is None:
        return []
    return [c.find("L466", ("suspension",), f"le texte de « {nom} » n'imprime pas « suspension »", at_key=True)]
