"""Search in French texts that a person can check by hand.

A record holds when its fields hold words of the question. Each such pair is worth

    points = weight of the field x rarity of the word, halved when only a synonym stands there
    rarity = log2(1 + records / records that hold the word or a synonym), rounded to 2 decimals

and a score is the sum of its points, each rounded to 2 decimals, so that the printed reasons add up to it. A word found
in every record has rarity 1, one found in half of them 1.58, one found in a single record of a hundred 6.66. How often
a word is said in one field changes nothing.

Why our own word forms: published stemmers (Snowball) decide on accents (« pénalité » loses its ending, « penalite »
does not), and people who search do not type them. Here accents go first, then one ending, the longest of `_ENDINGS`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from facture.typo import strip_accents

_WORD = re.compile(r"[^\W_]+")

# Said in any sentence, and the counts and spans of time of any account: they tell no trouble from another.
_STOP = frozenset(
    _WORD.findall("""
    a afin ai ainsi alors an annee annees ans apres as au aucun aucune aujourd aura aurait aussi autre autres aux
    avaient avait avant avec avoir avons ayant beaucoup bien bon c ca car ce ceci cela celle celles celui cent ces cet
    cette ceux chaque chez ci cinq cinquante combien comme comment contre cours d dans de deja demain depuis derriere
    des deux devant dix dois doit doivent donc dont douze du elle elles en encore enfin entre es est et etaient etait
    etant etc ete etes etre eu eux faire fait faite faites faits fois font furent fut heure heures hier hui huit ici
    il ils j jamais je jour jours jusqu jusque juste l la le lendemain les leur leurs lors lorsqu lorsque lui m ma
    mais me meme memes mes mettre mille mis mise moi moins mois mon n ne neuf ni non nos notre nous on ont onze or ou
    par parce parfois parmi pas pendant peu peut peuvent plus plusieurs plutot pour pourquoi pres presque puis puisqu
    puisque qu quand quarante quatorze quatre que quel quelle quelles quelque quelques quels qui quinze quoi quoique
    rien s sa sans sauf se seize selon semaine semaines sept sera serait seront ses seulement si six soi soient soit
    soixante sommes son sont sous souvent suis sur t ta te tel telle telles tels tes toi ton toujours tous tout toute
    toutes treize trente tres trois trop tu un une veille vers vingt voici voila vos votre vous vu y
    """)
)  # fmt: skip

_IRREGULAR = {"travaux": "travail", "repond": "repons", "repondu": "repons", "repondre": "repons"}

# Ending, what stands for it, letters that must remain before it. Tried from the longest to the shortest.
_ENDINGS = tuple(
    sorted(
        (
            ("issements", "i", 4), ("issement", "i", 4), ("ication", "i", 4), ("abilite", "", 4), ("ation", "", 4),
            ("aison", "", 4), ("ement", "", 4), ("trice", "t", 4), ("ielle", "ial", 4), ("able", "", 4),
            ("aire", "", 5), ("elle", "el", 4), ("euse", "", 4), ("iere", "i", 3), ("ion", "", 5), ("ite", "", 4),
            ("iel", "ial", 4), ("eur", "", 5), ("ive", "", 4), ("age", "", 5), ("eux", "", 4), ("if", "", 4),
            ("ir", "i", 3), ("er", "", 3), ("ee", "", 3), ("ez", "", 3), ("e", "", 3),
        ),
        key=lambda ending: -len(ending[0]),
    )
)  # fmt: skip

_SYNONYMES = (
    "retard, retarder, tarder, tardif, lenteur, lent, attente, attendre, décalage, décaler",
    "délai, échéance, date limite, calendrier, planning",
    "contenu, texte, photo, image, visuel, rédactionnel",
    "paiement, payer, paye, paie, paient, payeur, impayé, règlement, régler, versement, verser, encaisser",
    "pénalité, intérêt, majoration, indemnité",
    "correction, corriger, révision, réviser, retouche, aller-retour, modification, modifier, reprendre, reprise",
    "prix, budget, tarif, coût, coûter, montant, somme",
    "annulation, annuler, résiliation, résilier, résolution, fin, terminer, rupture, rompre, abandon, abandonner, "
    "arrêt, arrêter, interruption, interrompre",
    "suspension, suspendre, report, reporter, pause, gel, geler",
    "validation, valider, approbation, approuver, accord, acceptation, accepter, bon à tirer, recette",
    "supplément, supplémentaire, ajout, ajouter, rajout, rajouter, extra, dépassement, dépasser, hors périmètre, "
    "hors forfait, hors devis",
    "interlocuteur, contact, décideur, décisionnaire, référent",
    "réponse, répondre, répond, répondu, silence, silencieux, injoignable, muet",
    "accès, identifiant, mot de passe",
    "déplacement, déplacer, trajet, voyage, train, kilomètre",
    "propriété, propriétaire, droit d'auteur, cession, céder, licence",
    "confidentialité, confidentiel, secret, divulguer, divulgation, discrétion",
    "réunion, rendez-vous, appel, visioconférence, visio",
    "urgence, urgent, nuit, dernière minute, week-end",
    "acompte, avance, arrhes",
    "livraison, livrer, livrable",
    "défaut, anomalie, panne, bug, bogue, dysfonctionnement, erreur",
    "garantie, garantir, maintenance, assistance, support",
    "sous-traitance, sous-traitant, sous-traiter",
    "hausse, augmentation, augmenter, indexation, indexer, inflation",
    "litige, différend, conflit, médiation, médiateur, tribunal",
    "référence, portfolio, citer, citation, publicité",
    "donnée personnelle, rgpd, vie privée",
)
"""Words that stand for one another; no word belongs to two lines."""


@dataclass(frozen=True, slots=True)
class Resultat:
    """A record found.

    Attributes:
        cle: its key.
        score: sum of the points of `raisons`.
        raisons: word of the question, field where it was found, points.
    """

    cle: str
    score: float
    raisons: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, slots=True)
class _Terme:
    """A word of a text, or several that mean one thing.

    Attributes:
        mot: as the text writes it, in lower case.
        forme: without accents nor ending.
        groupe: line of `_SYNONYMES`, -1 for none.
    """

    mot: str
    forme: str
    groupe: int


def fold_words(text: str) -> frozenset[str]:
    """Return the words that matter in a text, each reduced to its form: what two ways of saying one thing share."""
    return frozenset(term.forme for term in _read_terms(text))


class Index:
    """The words of some records, in memory for the time of a command."""

    def __init__(self, fiches: Iterable[tuple[str, Mapping[str, str]]], poids: Mapping[str, float]) -> None:
        """Read the records.

        Args:
            fiches: key and text of each field.
            poids: weight of each field; a field without weight is not read.
        """
        self._poids = dict(poids)
        self._cles: list[str] = []
        # For each form, where it stands: number of the record, field.
        self._places: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        for number, (key, fields) in enumerate(fiches):
            self._cles.append(key)
            for field, text in fields.items():
                if text and field in self._poids:
                    for form in {term.forme for term in _read_terms(text)}:
                        self._places[form].append((number, field))

    def search(self, question: str, limit: int = 10) -> list[Resultat]:
        """Return the records that answer best, the best first; on a tie, by key.

        Args:
            question: a few words, or a sentence.
            limit: how many at most.
        """
        points: dict[int, list[tuple[str, str, float]]] = {}
        for shown, forms, group in _read_question(question):
            self._weigh(shown, forms, group, points)
        results = [
            Resultat(self._cles[number], round(math.fsum(value for _, _, value in reasons), 2), tuple(reasons))
            for number, reasons in points.items()
        ]
        results.sort(key=lambda result: (-result.score, result.cle))
        return results[:limit]

    def _weigh(
        self, shown: str, forms: tuple[str, ...], group: int, points: dict[int, list[tuple[str, str, float]]]
    ) -> None:
        exact = {place for form in forms for place in self._places.get(form, ())}
        near = exact.union(*(self._places.get(form, ()) for form in _FORMES.get(group, ())))
        if not near:
            return
        rarity = round(math.log2(1 + len(self._cles) / len({number for number, _ in near})), 2)
        for field, weight in self._poids.items():
            for number in (number for number, where in near if where == field):
                share = 1.0 if (number, field) in exact else 0.5
                points.setdefault(number, []).append((shown, field, round(weight * rarity * share, 2)))


def _read_question(question: str) -> list[tuple[str, tuple[str, ...], int]]:
    """Return what is asked: a word to show, its forms, its group. Two words of one group are one thing asked."""
    asked: dict[str, tuple[str, list[str], int]] = {}
    for term in _read_terms(question):
        key = f"={term.groupe}" if term.groupe >= 0 else term.forme
        _, forms, _ = asked.setdefault(key, (term.mot, [], term.groupe))
        if term.forme not in forms:
            forms.append(term.forme)
    return [(shown, tuple(forms), group) for shown, forms, group in asked.values()]


def _read_terms(text: str) -> list[_Terme]:
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    terms = [term for term in map(_read_word, words) if term is not None]
    if not any(term.forme in _PHRASES for term in terms):
        return terms
    joined: list[_Terme] = []
    index = 0
    while index < len(terms):
        term, length = _find_phrase(terms, index)
        joined.append(term)
        index += length
    return joined


def _find_phrase(terms: list[_Terme], index: int) -> tuple[_Terme, int]:
    """Return what starts at an index, a phrase of the synonyms or else a word, and how many words it takes."""
    for forms, group in _PHRASES.get(terms[index].forme, ()):
        taken = terms[index : index + len(forms)]
        if tuple(term.forme for term in taken) == forms:
            return _Terme(" ".join(term.mot for term in taken), " ".join(forms), group), len(forms)
    return terms[index], 1


@lru_cache(maxsize=50_000)
def _read_word(word: str) -> _Terme | None:
    bare = strip_accents(word)
    # A figure alone tells nothing: « 12 h » and « 15 h » of corrections are one trouble.
    if bare in _STOP or len(bare) < 2 or bare.isdigit():
        return None
    form = stem(bare)
    return _Terme(word, form, _GROUPES.get(form, -1))


def stem(word: str) -> str:
    """Return a word without its plural and its ending: « pénalités » and « penaliser » give « penal ».

    Args:
        word: in lower case.
    """
    bare = strip_accents(word)
    if bare in _IRREGULAR:
        return _IRREGULAR[bare]
    if len(bare) > 4 and bare.endswith("aux"):
        bare = bare[:-1] if bare.endswith("eaux") else bare[:-3] + "al"
    elif len(bare) > 3 and bare[-1] in "sx" and not bare.endswith(("ss", "eux")):
        bare = bare[:-1]
    for ending, replacement, least in _ENDINGS:
        if bare.endswith(ending) and len(bare) - len(ending) >= least:
            return bare[: -len(ending)] + replacement
    return bare


def _load_synonymes() -> tuple[dict[str, int], dict[str, tuple[tuple[tuple[str, ...], int], ...]]]:
    """Return the group of each form, and the phrases by their first word, longest first."""
    groups: dict[str, int] = {}
    phrases: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    for number, line in enumerate(_SYNONYMES):
        for entry in line.split(","):
            words = [strip_accents(word) for word in _WORD.findall(entry.lower())]
            forms = tuple(stem(word) for word in words if word not in _STOP and len(word) > 1)
            groups[" ".join(forms)] = number
            if len(forms) > 1:
                phrases.setdefault(forms[0], []).append((forms, number))
    ordered = {first: tuple(sorted(found, key=lambda item: -len(item[0]))) for first, found in phrases.items()}
    return groups, ordered


_GROUPES, _PHRASES = _load_synonymes()
_FORMES: defaultdict[int, list[str]] = defaultdict(list)
for _form, _group in _GROUPES.items():
    _FORMES[_group].append(_form)
