"""The text of a document's clauses: numbers, references, values, and what must not contradict the money.

The clauses are chosen (`selection`); here they are filled for one document. Everything that stops a text from being
printed is a finding at the line that causes it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from facture import typo
from facture.clauses import A_REDIGER, ValeurRefusee, Variable, is_stale, parse_valeur
from facture.documents import Conditions, Contrat, Paiement
from facture.echeances import Delai, ReglePenalites
from facture.errors import Diagnostic, Position
from facture.faits import describe_escompte
from facture.prose import Bloc, Morceau, ProseInvalide, to_plain
from facture.sandbox import GabaritInvalide, Manque, Valeur
from facture.selection import Choisies, Ecartee, Retenue, find_theme, locate_in
from facture.source import finding

_SUITE = "Conditions générales"
_FAITS_DES_PARTIES = frozenset(
    {"client.nom", "client.qualite", "client.ville", "client.pays", "emetteur.nom", "emetteur.adresse",
     "emetteur.ville", "emetteur.siren", "emetteur.forme_juridique", "emetteur.rcs"}
)  # fmt: skip
"""Facts whose absence the rules of identity say, once, where they are missing."""


@dataclass(frozen=True, slots=True)
class ArticleCompose:
    """A clause with its number and its text, ready for the page."""

    numero: str
    titre: str
    theme: str
    blocs: tuple[Bloc, ...]
    retenue: Retenue


@dataclass(frozen=True)
class Corpus:
    """The clauses of one document, written out.

    Attributes:
        particulieres: articles printed on the document itself.
        generales: articles of the conditions, alone or annexed, in the order of their chapters.
        themes: titles of the chapters, by theme.
        titre, version, date, public: of the general conditions.
        manques: what the text still lacks, one phrase each.
        ecartees: what was considered and left out.
        empreinte: SHA-256, in hexadecimal, of the title, version, date and text of the general conditions; of the
            conditions printed alone when they are a document of their own.
    """

    particulieres: tuple[ArticleCompose, ...] = ()
    generales: tuple[ArticleCompose, ...] = ()
    themes: Mapping[str, str] = field(default_factory=dict)
    titre: str = ""
    version: int | None = None
    date: dt.date | None = None
    public: str | None = None
    manques: tuple[str, ...] = ()
    constats: tuple[Diagnostic, ...] = ()
    ecartees: tuple[Ecartee, ...] = ()
    empreinte: str = ""


def compute_empreinte(titre: str, version: int | None, date: dt.date | None, articles: Sequence[ArticleCompose]) -> str:
    """Return the SHA-256, in hexadecimal, of general conditions: what a client can compare with his own copy."""
    parts = [titre, str(version or ""), date.isoformat() if date else ""]
    parts += [f"{article.numero} {article.titre}\n{to_plain(article.blocs)}" for article in articles]
    return hashlib.sha256("\n\n".join(parts).encode()).hexdigest()


def compose(
    choisies: Choisies,
    faits: Mapping[str, Valeur | Manque],
    paiement: Paiement,
    penalites: ReglePenalites | None,
    date: dt.date,
) -> Corpus:
    """Write the articles of a document: numbers, references, values.

    Args:
        faits: everything known of the document, sums included.
        paiement: its terms, which the texts must not contradict.
        date: its date: when clauses are judged stale.

    Returns: the articles and every finding, those of the choice included.
    """
    return _Redacteur(choisies, dict(faits), paiement, penalites, date).write()


@dataclass
class _Redacteur:
    choisies: Choisies
    faits: dict[str, Valeur | Manque]
    paiement: Paiement
    penalites: ReglePenalites | None
    date: dt.date
    constats: list[Diagnostic] = field(default_factory=list)
    manques: list[str] = field(default_factory=list)
    said: set[tuple[str, str]] = field(default_factory=set)
    """Variables and clauses whose fault has been said, so that what follows from it is not."""

    def write(self) -> Corpus:
        choisies = self.choisies
        self.constats += choisies.constats
        retenues = choisies.retenues
        themes = choisies.fonds.themes()
        order = {name: index for index, name in enumerate(themes)}
        own = [retenue for retenue in retenues if retenue.lieu == "document"]
        general = sorted(
            (retenue for retenue in retenues if retenue.lieu == "annexe"),
            key=lambda retenue: order.get(find_theme(retenue.lue), len(order)),
        )
        # The first article of a contract is its object, which is no clause.
        first = 2 if isinstance(choisies.porteur, Contrat) else 1
        numbers = {
            **{("document", retenue.lue.id): str(n) for n, retenue in enumerate(own, start=1)},
            **{("annexe", retenue.lue.id): str(n) for n, retenue in enumerate(general, start=first)},
        }
        particulieres = tuple(self._compose(retenue, numbers) for retenue in own)
        generales = tuple(self._compose(retenue, numbers) for retenue in general)
        self._check_relecture(retenues)
        self._check_langue(retenues)
        for article in (*particulieres, *generales):
            self._check_contradictions(article)
        annexe = choisies.lecture.texte if isinstance(choisies.porteur, Conditions) else choisies.conditions
        conditions = annexe if isinstance(annexe, Conditions) else None
        titre = conditions.titre if conditions is not None else None
        named = titre or choisies.titre_modele or _SUITE
        version = conditions.version if conditions is not None else None
        date = conditions.date if conditions is not None else None
        return Corpus(
            particulieres,
            generales,
            themes,
            named,
            version,
            date,
            conditions.public if conditions is not None else choisies.public,
            tuple(dict.fromkeys(self.manques)),
            tuple(dict.fromkeys(self.constats)),
            tuple(choisies.ecartees),
            compute_empreinte(named, version, date, generales),
        )

    def _compose(self, retenue: Retenue, numbers: Mapping[tuple[str, str], str]) -> ArticleCompose:
        lue = retenue.lue
        particular = numbers.get(("document", lue.id))
        if retenue.lieu == "annexe" and particular is not None:
            # Said once, where the document names it; the number stays, so that those that follow do not move.
            pointer = Morceau(f"Remplacé par l'article {particular} des conditions particulières.", "italique")
            return ArticleCompose(
                numbers["annexe", lue.id], lue.titre, find_theme(lue), (Bloc("p", (pointer,)),), retenue
            )
        contexte = {**self.faits, **self._read_values(retenue)}
        titre = lue.titre
        numero = numbers[retenue.lieu, lue.id]
        try:
            blocs, missing = lue.compose(contexte, lambda name: self._resolve(retenue, name, numbers))
        except GabaritInvalide as error:
            self.constats.append(finding(error.code, str(error), lue.place_line(error.line), "texte", error.advice))
            return ArticleCompose(numero, titre, find_theme(lue), (), retenue)
        except ProseInvalide as error:
            message = f"mise en forme refusée : {error}"
            self.constats.append(finding("C518", message, lue.place_line(error.line), "texte", error.advice))
            return ArticleCompose(numero, titre, find_theme(lue), (), retenue)
        for hole in missing:
            self._say_missing(retenue, hole, numero)
        if A_REDIGER in (lue.clause.texte or ""):
            found = lue.find("C536", ("texte",), f"« {lue.id} » n'est pas encore rédigée")
            self.constats.append(found.as_warning() if self.choisies.is_draft else found)
        return ArticleCompose(numero, titre, find_theme(lue), blocs, retenue)

    def _read_values(self, retenue: Retenue) -> dict[str, Valeur | Manque]:
        lue = retenue.lue
        values: dict[str, Valeur | Manque] = {}
        for name, (_, place, path) in retenue.valeurs.items():
            if name not in lue.clause.variables:
                near = typo.suggest(name, lue.clause.variables)
                hint = f" ; vouliez-vous « {near} » ?" if near else ""
                known = ", ".join(lue.clause.variables) or "aucune"
                message = f"« {lue.id} » n'a pas de variable « {name} »{hint}"
                self.constats.append(finding("C504", message, place, path, f"ses variables : {known}"))
        for name, variable in lue.clause.variables.items():
            values[name] = self._read_value(retenue, name, variable)
        return values

    def _read_value(self, retenue: Retenue, name: str, variable: Variable) -> Valeur | Manque:
        text, place, path = retenue.valeurs.get(name, (None, retenue.place, retenue.path))
        governed = self._governed(variable)
        if text is None and governed is not None:
            if variable.defaut is not None:
                self._check_governed(retenue, name, variable, variable.defaut, governed, place, path)
            return governed
        text = variable.defaut if text is None else text
        if text is None:
            return Manque(name, variable.aide or name)
        try:
            value = parse_valeur(variable, text, "fr", str(getattr(self.choisies.porteur, "devise", "EUR")))
        except ValeurRefusee as error:
            self.constats.append(finding("C506", f"{retenue.lue.id}, {name} : {error}", place, path, error.advice))
            self.said.add((retenue.lue.id, name))
            return Manque(name, variable.aide or name)
        if governed is not None:
            self._check_governed(retenue, name, variable, text, governed, place, path)
        return value

    def _governed(self, variable: Variable) -> Valeur | None:
        """Return what the document says of the setting that a variable governs."""
        if variable.gouverne == "paiement.penalites" and self.penalites is not None:
            return Valeur(self.penalites, self.penalites.describe())
        if variable.gouverne == "paiement.echeance" and self.paiement.echeance is not None:
            return Valeur(self.paiement.echeance, self.paiement.echeance.describe())
        if variable.gouverne == "paiement.escompte":
            escompte = self.paiement.escompte
            return Valeur("néant" if escompte.taux is None else str(escompte.taux), describe_escompte(self.paiement))
        return None

    def _check_governed(
        self, retenue: Retenue, name: str, variable: Variable, text: str, governed: Valeur, place: Position, path: str
    ) -> None:
        try:
            value = parse_valeur(variable, text)
        except ValeurRefusee:
            return
        if value.brut != governed.brut and variable.gouverne not in self.choisies.disputes:
            message = f"« {retenue.lue.id} » dit « {value.texte} » ; le document applique « {governed.texte} »"
            self.constats.append(finding("C514", message, place, path))
            self.said.add((retenue.lue.id, variable.gouverne or ""))

    def _resolve(self, retenue: Retenue, name: str, numbers: Mapping[tuple[str, str], str]) -> str:
        bare = name.rpartition(":")[2].partition("@")[0]
        here, other = retenue.lieu, "annexe" if retenue.lieu == "document" else "document"
        if (here, bare) in numbers:
            return numbers[here, bare]
        if (other, bare) in numbers:
            where = "des conditions générales" if other == "annexe" else "des conditions particulières"
            return f"{numbers[other, bare]} {where}"
        line = next((line for found, line in retenue.lue.renvois if found == name), 1)
        why = next((f" : {out.raison}" for out in self.choisies.ecartees if out.lue.id == bare), "")
        message = f"« {retenue.lue.id} » renvoie à « {name} », qui n'est pas sur le document{why}"
        place = retenue.place if retenue.nommee else retenue.lue.place_line(line)
        self.constats.append(finding("C507", message, place, retenue.path if retenue.nommee else "texte"))
        return "?"

    def _say_missing(self, retenue: Retenue, hole: Manque, numero: str) -> None:
        what = hole.aide or hole.nom
        self.manques.append(f"{retenue.lue.titre} : {what[:1].lower()}{what[1:]}")
        own = hole.nom in retenue.lue.clause.variables
        if (retenue.lue.id, hole.nom) in self.said or (not own and self._is_said_elsewhere(hole.nom)):
            return
        advice = f"écrivez « - {retenue.lue.id}: {{{hole.nom}: …}} »" if own else f"complétez {hole.nom}"
        message = f"« {retenue.lue.id} » attend « {hole.nom} »" + (f" ({what})" if what != hole.nom else "")
        found = finding("C505", message, retenue.place, retenue.path, advice)
        self.constats.append(found.as_warning() if self.choisies.is_draft else found)

    def _is_said_elsewhere(self, name: str) -> bool:
        """Say whether another rule already asks for a fact: the parties, or what depends on who the client is."""
        if isinstance(self.choisies.porteur, Conditions):
            # No rule asks conditions printed alone for a client: a text that prints one is at fault.
            return name in ("emetteur.nom", "client.qualite")
        if name in _FAITS_DES_PARTIES:
            return True
        return self.choisies.public is None and name in ("paiement.penalites", "paiement.penalites_base")

    # --- judgement of the whole ---

    def _check_relecture(self, retenues: list[Retenue]) -> None:
        """Say in one finding which clauses have not been read again for a year."""
        stale = [retenue.lue.id for retenue in retenues if is_stale(retenue.lue.clause.verifie_le, self.date)]
        if stale:
            more = len(stale) - 6
            shown = ", ".join(stale[:6]) + (f" et {more} autre{'s' if more > 1 else ''}" if more > 0 else "")
            advice = "relisez-les, puis mettez à jour leur verifie_le" if len(stale) > 1 else ""
            place, path = locate_in(self.choisies.lecture, ("clauses",))
            self.constats.append(finding("C513", f"à relire : {shown}", place, path, advice))

    def _check_langue(self, retenues: list[Retenue]) -> None:
        language = "en" if getattr(self.choisies.porteur, "langue", "fr") == "en" else "fr"
        others = [r.lue.id for r in retenues if ("en" if r.lue.clause.langue == "en" else "fr") != language]
        if others:
            place, path = locate_in(self.choisies.lecture, ("langue",))
            shown = ", ".join(others[:6])
            self.constats.append(
                finding("C538", f"clauses dans une autre langue que le document : {shown}", place, path)
            )

    def _check_contradictions(self, article: ArticleCompose) -> None:
        retenue = article.retenue
        governed = {variable.gouverne for variable in retenue.lue.clause.variables.values()}
        if governed & self.choisies.disputes or {(retenue.lue.id, str(name)) for name in governed} & self.said:
            return
        for said, applied in find_contradictions(to_plain(article.blocs), self.paiement.echeance, self.penalites):
            message = f"« {retenue.lue.id} » dit « {said} » ; le document applique « {applied} »"
            place, path = (retenue.place, retenue.path) if retenue.nommee else (retenue.lue.place(("texte",)), "texte")
            self.constats.append(finding("C514", message, place, path))


# --- Texts that contradict the money ---------------------------------------------------------------------------------

_CHIFFRES = {
    "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "dix": 10, "quinze": 15,
    "vingt": 20, "trente": 30, "quarante-cinq": 45, "soixante": 60, "quatre-vingt-dix": 90,
}  # fmt: skip
_NOMBRE = r"(\d{1,3}(?:[.,]\d+)?|" + "|".join(sorted(_CHIFFRES, key=len, reverse=True)) + r")"
_PAYABLE = re.compile(
    r"(?:payables?|paiement|règlement|réglée?s?|payée?s?|dues?|dû)\b[^.;]{0,30}?"
    r"\b(?:à|sous|dans (?:un délai de|les))\s+"
    rf"{_NOMBRE}\s+(?:\(\d+\)\s+)?jours?\b(?:[^.;]{{0,30}}?\b(?:factures?|émission)\b)?",
    re.IGNORECASE,
)
_FACTURE = re.compile(r"\bfactures?\b|\bémission\b", re.IGNORECASE)
_RETARD = re.compile(r"pénalités?|intérêts? de retard|retard de paiement|payée? après", re.IGNORECASE)
_POINTS = re.compile(rf"majorée?s?\s+de\s+{_NOMBRE}\s+points?", re.IGNORECASE)
_FOIS = re.compile(
    rf"{_NOMBRE}\s+fois\s+le\s+taux\s+(?:d.intérêt\s+)?légal"
    rf"|taux\s+(?:d.intérêt\s+)?légal\s+(?:multiplié\s+par\s+){_NOMBRE}",
    re.IGNORECASE,
)
_FIXE = re.compile(rf"\btaux\s+(?:annuel\s+|fixe\s+)?de\s+{_NOMBRE}\s*%", re.IGNORECASE)
_AUTRE_DELAI = re.compile(
    r"escompte|anticip|acompte|rembours|\bavoirs?\b|contest|signal|réclam|relance|livr|remis|répon", re.IGNORECASE
)
"""A sentence about something else than when an invoice is due."""
_AUTRE_TAUX = re.compile(r"\bTVA\b|escompte|retard de livraison|%\s*par (?:semaine|jour|mois)\b", re.IGNORECASE)
_PLANCHER = re.compile(r"(?:inférieure?s?\s+à|au moins|au minimum|plancher)[^.;]*", re.IGNORECASE)
"""The floor of the law, which is not the rate that applies."""


def find_contradictions(text: str, echeance: Delai | None, penalites: ReglePenalites | None) -> list[tuple[str, str]]:
    """Return what a text says of terms and penalties that is not what the document applies.

    Why only figures next to plain words: a text read by a machine must never be accused on a guess.

    Source: C. com. art. L441-10, I (terms) and II (penalties).

    Args:
        text: plain words of a clause or of a note.
        echeance: the document's delay; penalites: its rule; None when unknown, and then nothing is compared.

    Returns: pairs of the words found and of what applies.
    """
    found: list[tuple[str, str]] = []
    for sentence in re.split(r"(?<=[.;!?])\s|\n", re.sub(r"[^\S\n]", " ", text)):
        if echeance is not None and echeance.date is None and not echeance.mois:
            found += _compare_echeance(sentence, echeance)
        if penalites is not None and _RETARD.search(sentence) and not _AUTRE_TAUX.search(sentence):
            found += _compare_penalites(_PLANCHER.sub("", sentence), penalites)
    return found


def _compare_echeance(sentence: str, echeance: Delai) -> list[tuple[str, str]]:
    if _AUTRE_DELAI.search(sentence) or not _FACTURE.search(sentence):
        return []
    return [
        (match.group(), echeance.describe())
        for match in _PAYABLE.finditer(sentence)
        if _number(match[1]) != echeance.jours
    ]


def _compare_penalites(sentence: str, rule: ReglePenalites) -> list[tuple[str, str]]:
    said: list[tuple[str, ReglePenalites]] = []
    for match in _POINTS.finditer(sentence):
        said.append((match.group(), ReglePenalites("bce", _number(match[1]))))
    for match in _FOIS.finditer(sentence):
        said.append((match.group(), ReglePenalites("legal", _number(match[1] or match[2]))))
    for match in _FIXE.finditer(sentence):
        said.append((match.group(), ReglePenalites("fixe", _number(match[1]))))
    return [(words, rule.describe()) for words, other in said if other != rule]


def _number(word: str) -> Decimal:
    lowered = word.lower()
    return Decimal(_CHIFFRES[lowered]) if lowered in _CHIFFRES else Decimal(word.replace(",", "."))
