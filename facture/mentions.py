"""The sentences that the law or an agreement prints on a document, in our words or in the project's own.

Why a project's own words: a text of law changes before a program does (VAT leaves the CGI for the CIBS on 2027-01-01),
and an accountant may prefer other words. `mentions.yaml` replaces how a sentence is said, from a day on; what calls for
it stays in the tables of law, so that nothing the law wants can be left out by rewording it.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, lru_cache

from facture import typo
from facture.amounts import to_plain
from facture.clauses import say_refusal, to_data
from facture.documents import Devis, Document, Facture
from facture.droit import (
    Mention,
    Situation,
    choose_on,
    find_situation,
    is_in_force,
    list_mentions,
    list_seuils,
    list_situations,
)
from facture.echeances import ReglePenalites
from facture.errors import Chemin, Diagnostic, RefusError, format_path
from facture.faits import describe_assurance, describe_mediateur
from facture.grammaire import Formule, Jour, Modele, Mot, validate
from facture.projet import Projet, read_table
from facture.ressources import load_couverture
from facture.source import Liste, Noeud, Table, Texte, find_node, finding, parse
from facture.totaux import Totaux
from facture.typo import suggest

MENTIONS = "mentions.yaml"
"""A project's own words, beside its `facture.toml`."""
LANGUES = ("fr", "en")

_FIXES = {"indemnite": "indemnite-recouvrement"}
"""Values that the law fixes at one figure, which may therefore be typed: their name in a text, and in the table."""
_ACCOLADES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_BLANCS = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class MentionImprimee:
    """A sentence ready to print, with the text it rests on."""

    id: str
    texte: str
    loi: str


@dataclass(frozen=True, slots=True)
class Remplacable:
    """A sentence that a project may say in its own words.

    Attributes:
        valeurs: names between braces that its words receive.
        loi: the text it rests on, shown when its words lose one of them.
    """

    valeurs: frozenset[str]
    loi: str


@dataclass(frozen=True, slots=True)
class Formulation:
    """A sentence in a project's own words, and the days it holds.

    Attributes:
        textes: by language, one at least.
        loi: the text that it rests on, "" when the project does not say.
        depuis: first day; the first of all days when the project gives none.
    """

    id: str
    textes: Mapping[str, str]
    loi: str = ""
    depuis: dt.date = dt.date.min
    jusqu_au: dt.date | None = None


class Formulations:
    """A project's own words, found by sentence, language and day."""

    def __init__(self, formulations: Iterable[Formulation] = ()) -> None:
        self._by_id: dict[str, list[Formulation]] = {}
        for item in formulations:
            self._by_id.setdefault(item.id, []).append(item)

    def find(self, nom: str, langue: str, jour: dt.date) -> Formulation | None:
        """Return the words of a sentence in `fr` or `en` on a day, or None where ours stand."""
        found = (item for item in self._by_id.get(nom, ()) if langue in item.textes and is_in_force(item, jour))
        return next(found, None)

    def find_situation(self, situation: Situation, langue: str, jour: dt.date) -> Formulation | None:
        """Return the words of a VAT situation: those of its variant first, then those of its name."""
        named = (self.find(nom, langue, jour) for nom in reversed(_name_situation(situation)))
        return next((found for found in named if found is not None), None)


def to_wording(langue: str) -> str:
    """Return the language in which a document's mentions are said: `fr` or `en`."""
    return "en" if langue == "en" else "fr"


def _name_situation(situation: Situation) -> list[str]:
    nom = f"tva-{situation.nom}"
    return [nom, f"{nom}-{situation.variante}"] if situation.variante else [nom]


@cache
def list_remplacables() -> dict[str, Remplacable]:
    """Return every sentence that a project may say in its own words, by the key it has in `mentions.yaml`."""
    found = {nom: Remplacable(frozenset(), item.loi) for item in list_situations() for nom in _name_situation(item)}
    for mention in list_mentions():
        before = found.get(mention.id, Remplacable(frozenset(), mention.loi))
        found[mention.id] = replace(before, valeurs=before.valeurs | _list_valeurs(mention.textes["fr"]))
    return found


def _list_valeurs(texte: str) -> frozenset[str]:
    return frozenset(match[1] for match in _ACCOLADES.finditer(texte) if match[1] is not None)


def fill(texte: str, valeurs: Mapping[str, str]) -> str:
    """Return a text with its values put in; two braces print one.

    Why not `str.format`: what stands between the braces may come from a file, and a format can reach attributes or ask
    for a billion spaces.
    """
    return _ACCOLADES.sub(lambda match: match[0][0] if match[1] is None else valeurs[match[1]], texte)


# --- Choosing --------------------------------------------------------------------------------------------------------


def select_mentions(
    document: Document,
    totaux: Totaux,
    formulations: Formulations,
    *,
    date: dt.date,
    echeance: dt.date | None,
    penalites: ReglePenalites | None,
    nature: str,
    indemnite: Decimal,
) -> tuple[MentionImprimee, ...]:
    """Return the sentences that the facts of a document call for, in the order of the table of law.

    Args:
        formulations: the project's own words.
        date: of the document, or the day of the command for a draft without one.
        nature: bien, service or mixte.
        indemnite: flat recovery cost on that day, in euros.
    """
    langue = document.langue
    emetteur = document.emetteur
    to_pay = (
        isinstance(document, Facture)
        and totaux.net_a_payer > 0
        and (echeance is not None or bool(document.paiement.echeancier))
    )
    escompte = document.paiement.escompte
    facts = {
        "type": document.type,
        "public": document.client.qualite_deduite or "",
        "regime": emetteur.regime_tva or "",
        "nature": nature,
        "penalites": penalites.base if penalites else "",
        "escompte": "oui" if escompte.taux is not None else "non",
        "a_payer": "oui" if to_pay else "non",
        "acompte": "oui" if isinstance(document, Devis) and document.acompte is not None else "non",
        "association_agreee": "oui" if emetteur.association_agreee else "non",
        "assurance": "oui" if emetteur.assurance is not None else "non",
        "mediateur": "oui" if emetteur.mediateur is not None else "non",
    }
    valeur = penalites.valeur if penalites else Decimal(0)
    values = {
        "points": typo.format_number(valeur, langue),
        "multiple": typo.format_number(valeur, langue),
        "taux": typo.format_rate(valeur, langue),
        "indemnite": typo.format_round_money(indemnite, "EUR", langue),
        "escompte_taux": typo.format_rate(escompte.taux or Decimal(0), langue),
        "escompte_jours": to_plain(escompte.jours or Decimal(0)),
        "assurance": describe_assurance(emetteur),
        "mediateur": describe_mediateur(emetteur),
    }
    wording = to_wording(langue)

    def say(nom: str, row: Mention | Situation, own: Formulation | None) -> MentionImprimee:
        # Words that replace others still in force rest on the same text, unless they name another.
        loi = row.loi if own is None or is_in_force(row, date) else ""
        if own is None:
            return MentionImprimee(nom, fill(row.textes[wording], values), loi)
        return MentionImprimee(nom, fill(own.textes[wording], values), own.loi or loi)

    # The VAT situation of the lines comes first: it explains the column of the table.
    names = dict.fromkeys(row.groupe.situation for row in totaux.tva if row.groupe.situation)
    pays = document.client.adresse.pays
    situations = [find_situation(name, pays, date) for name in names]
    return (
        *(say(f"tva-{row.nom}", row, formulations.find_situation(row, wording, date)) for row in situations),
        *(
            say(row.id, row, own)
            for row, own in _list_called(formulations, wording, date)
            if row.is_called(facts) and (own is not None or is_in_force(row, date))
        ),
        *(MentionImprimee("emetteur", text, "") for text in emetteur.mentions),
        *(MentionImprimee("document", text, "") for text in document.mentions),
    )


def _list_called(
    formulations: Formulations, wording: str, date: dt.date
) -> Iterator[tuple[Mention, Formulation | None]]:
    """Yield each mention that had begun on a day, in its words of that day, with the project's own.

    Why those that have ended too: a project's words may outlive ours.
    """
    for nom, rows in itertools.groupby(list_mentions(), key=lambda row: row.id):
        row = choose_on(list(rows), date)
        if row.depuis <= date:
            yield row, formulations.find(nom, wording, date)


# --- The project's own file ------------------------------------------------------------------------------------------


class TexteDeMention(Modele):
    """What stands after `tva-franchise:`; a text alone is its French."""

    fr: Formule | None = None
    en: Formule | None = None
    loi: Mot | None = None
    depuis: Jour | None = None
    jusqu_au: Jour | None = None


def load_formulations(projet: Projet) -> Formulations:
    """Return the words that a project's `mentions.yaml` puts in the place of ours.

    Raises: RefusError with every finding when the file is wrong (L436 to L439 and the grammar's own) or cannot be read.
    """
    read = read_table(projet, MENTIONS)
    if read is None:
        return Formulations()
    formulations, findings = _read_formulations(*read)
    if findings:
        raise RefusError(findings)
    return Formulations(formulations)


# A project's documents share one file: it is understood once, and read again each time, for it may change.
@lru_cache(maxsize=4)
def _read_formulations(data: bytes, label: str) -> tuple[tuple[Formulation, ...], tuple[Diagnostic, ...]]:
    root, findings = parse(data, label)
    read: list[Formulation] = []
    for nom in root.entries if root is not None else ():
        if root is not None:
            read += _read_mention(root, nom, findings)
    return tuple(read), tuple(findings)


def _read_mention(root: Table, nom: str, findings: list[Diagnostic]) -> list[Formulation]:
    """Read the words of one sentence, over time; what is wrong with them goes to `findings`."""
    known = list_remplacables()
    if nom not in known:
        near = suggest(nom, known) or suggest(f"tva-{nom}", known)
        hint = f" ; vouliez-vous « {near} » ?" if near else ""
        plain = ", ".join(name for name in known if not name.startswith("tva-"))
        all_known = f"mentions admises : {plain}, ou tva- et le nom d'une situation de TVA (tva-franchise)"
        advice = f"écrivez {near}" if near else all_known
        findings.append(finding("L436", f"« {nom} » n'est pas une mention{hint}", root.keys[nom], nom, advice))
        return []
    node = root.entries[nom]
    if isinstance(node, Texte) and node.nul:
        findings.append(finding("F210", "clé sans valeur", root.keys[nom], nom))
        return []
    items: list[tuple[Chemin, Noeud]] = [((nom,), node)]
    if isinstance(node, Liste):
        items = [((nom, index), item) for index, item in enumerate(node.items)]
        if not items:
            findings.append(finding("F215", "liste vide", node.position, nom))
    read = [(chemin, _read_one(root, nom, chemin, item, findings)) for chemin, item in items]
    sound = [(chemin, item) for chemin, item in read if item is not None]
    if len(sound) == len(read):
        findings += _find_overlaps(root, sound)
    return [item for _, item in sound]


def _read_one(root: Table, nom: str, chemin: Chemin, node: Noeud, findings: list[Diagnostic]) -> Formulation | None:
    before = len(findings)
    data = to_data(node, findings, chemin)
    texte, refusals = validate(TexteDeMention, {"fr": data} if isinstance(node, Texte) else data)
    for refusal in refusals:
        findings.append(say_refusal(TexteDeMention, replace(refusal, chemin=(*chemin, *refusal.chemin)), root))
    if texte is None or len(findings) > before:
        return None
    words = {langue: words for langue in LANGUES if (words := getattr(texte, langue)) is not None}
    if not words:
        advice = f"écrivez {nom}: {{fr: …}}"
        findings.append(finding("F217", "clé « fr » manquante", node.position, format_path(chemin), advice))
    own = Formulation(nom, {}, texte.loi or "", texte.depuis or dt.date.min, texte.jusqu_au)
    if own.jusqu_au is not None and own.jusqu_au < own.depuis:
        place = find_node(node, ("jusqu_au",)) or node
        message = "ce texte cesse avant d'avoir commencé"
        findings.append(finding("L439", message, place.position, format_path((*chemin, "jusqu_au"))))
    for langue in words:
        typed = find_node(node, (langue,)) or node
        path = format_path(chemin if typed is node else (*chemin, langue))
        if isinstance(typed, Texte):
            findings += _check_words(typed, path, own)
    if len(findings) > before:
        return None
    return replace(own, textes={langue: _BLANCS.sub(" ", text) for langue, text in words.items()})


def _check_words(typed: Texte, path: str, own: Formulation) -> Iterator[Diagnostic]:
    """Judge the words of one language: characters, values between braces, values that they no longer say."""
    target = list_remplacables()[own.id]
    covered = load_couverture()
    for index, character in enumerate(typed.value):
        if ord(character) not in covered and character not in "\n\t\r":
            message = f"« {character} » (U+{ord(character):04X}) n'a pas de dessin"
            yield finding("R608", message, typed.character_position(index), path)
            break
    admitted = ", ".join(f"{{{name}}}" for name in sorted(target.valeurs))
    wrong = False
    for match in _ACCOLADES.finditer(typed.value):
        name = match[1]
        if name in target.valeurs or match[0] in ("{{", "}}"):
            continue
        wrong = True
        place = typed.character_position(match.start())
        if name is None:
            advice = f"doublez-la pour l'imprimer : {match[0] * 2}"
            yield finding("L437", f"« {match[0]} » : une accolade seule", place, path, advice)
            continue
        near = suggest(name, target.valeurs)
        hint = f" ; vouliez-vous « {{{near}}} » ?" if near else ""
        none = "cette mention ne reçoit aucune valeur : écrivez son texte sans accolades"
        advice = f"écrivez {{{near}}}" if near else f"valeurs de cette mention : {admitted}" if admitted else none
        yield finding("L437", f"« {{{name}}} » n'est pas une valeur de cette mention{hint}", place, path, advice)
    if wrong:
        # A value may be lost only for being misspelt.
        return
    for name in sorted(target.valeurs - _list_valeurs(typed.value)):
        figures = _list_figures(name, own)
        if figures and all(_says_euros(typed.value, figure) for figure in figures):
            continue
        advice = f"écrivez {{{name}}} à l'endroit où la valeur se lit"
        if len(figures) == 1:
            advice += f", ou son montant en chiffres : {to_plain(figures[0])} €"
        yield finding("L438", f"ce texte ne dit plus {{{name}}}", typed.position, path, advice, target.loi)


def _list_figures(name: str, own: Formulation) -> list[Decimal]:
    """Return the figures at which the law fixes a value over the days of a text; none for what each document sets."""
    last = own.jusqu_au or dt.date.max
    return [
        seuil.valeur
        for seuil in list_seuils(_FIXES.get(name, ""))
        if seuil.depuis <= last and own.depuis <= (seuil.jusqu_au or dt.date.max)
    ]


def _says_euros(texte: str, figure: Decimal) -> bool:
    """Say whether a text gives a sum in figures: « 40 € », « 40,00 euros », “€40”."""
    number = rf"{re.escape(to_plain(figure))}(?:[.,]0+)?"
    after = rf"(?<![\d.,]){number}\s?(?:€|EUR\b|euros?\b)"
    return re.search(rf"{after}|(?:€|\bEUR)\s?{number}(?![\d.,]*\d)", texte) is not None


def _find_overlaps(root: Table, read: Sequence[tuple[Chemin, Formulation]]) -> Iterator[Diagnostic]:
    """Say where two texts of one sentence hold on the same day."""
    ordered = sorted(read, key=lambda item: item[1].depuis)
    for (_, before), (chemin, after) in itertools.pairwise(ordered):
        if before.jusqu_au is not None and before.jusqu_au < after.depuis:
            continue
        node = find_node(root, chemin) or root
        eve = after.depuis - dt.timedelta(days=1) if after.depuis > dt.date.min else None
        advice = f"arrêtez le précédent : jusqu_au: {eve}" if eve is not None and eve >= before.depuis else ""
        yield finding(
            "L439", "un autre texte de cette mention vaut déjà ce jour-là", node.position, format_path(chemin), advice
        )
