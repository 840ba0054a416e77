"""Which clauses a document carries, why, with which values, and the numbered text they make.

Why one place: the devis, its general conditions, the list that explains the choice and the check must all agree. The
choice is made in two steps, because money and text feed each other: `choose` finds the clauses and what they set for
the whole document (`reglages`), then, once the sums are known, `redaction.compose` writes the articles.

Source: C. civ. art. 1119 (a particular clause prevails over a general one; conditions bind once known and accepted).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from facture import typo
from facture.bibliotheques import Fonds, matches
from facture.clauses import POSITIONS, ClauseLue, ValeurRefusee, parse_valeur
from facture.documents import Conditions, Contrat, PorteClauses
from facture.errors import Chemin, Diagnostic, Position, format_path
from facture.grammaire import ClauseCitee, Renvoi
from facture.lecture import Lecture
from facture.sandbox import GabaritInvalide, Manque, Valeur
from facture.source import finding, locate

Lieu = Literal["document", "annexe"]
_POURQUOI = "facture clause list --pour FICHIER dit pourquoi chacune est écartée"
_PUBLICS = {
    "professionnel": "clients professionnels",
    "particulier": "clients particuliers",
    "public": "acheteurs publics",
}


# --- What comes out --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ecartee:
    """A clause that was considered and left out, and why."""

    lue: ClauseLue
    raison: str


@dataclass(frozen=True)
class Retenue:
    """A clause that prints.

    Attributes:
        raison: why it is there: « nommée sur le document », « modèle formation ».
        lieu: on the document itself, or in the conditions annexed to it.
        nommee: True when a document names it, so that its faults are said there.
        origine: the document, the conditions or the preset that asked for it, for findings.
        valeurs: text given to each variable, and where.
    """

    lue: ClauseLue
    raison: str
    lieu: Lieu
    nommee: bool
    place: Position
    path: str
    valeurs: Mapping[str, tuple[str, Position, str]]
    condition: bool | None = True


# --- The choice ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Demande:
    """A clause that somebody asked for, before anything is judged."""

    lue: ClauseLue
    raison: str
    nommee: bool
    du_document: bool
    place: Position
    path: str
    valeurs: Mapping[str, tuple[str, Position, str]]


@dataclass
class Choisies:
    """The clauses of a document, chosen; their text is written by `compose`, once the sums are known."""

    lecture: Lecture
    porteur: PorteClauses
    fonds: Fonds
    is_draft: bool
    public: str | None
    retenues: list[Retenue] = field(default_factory=list)
    ecartees: list[Ecartee] = field(default_factory=list)
    constats: list[Diagnostic] = field(default_factory=list)
    reglages: dict[str, tuple[Any, ClauseLue]] = field(default_factory=dict)
    disputes: set[str] = field(default_factory=set)
    """Settings that two clauses fix in two ways: said once, and compared with nothing more."""
    fautives: set[str] = field(default_factory=set)
    """Clauses whose condition cannot be judged: said once."""
    titre_modele: str = ""
    acquises: Mapping[str, Mapping[str, tuple[str, Position, str]]] = field(default_factory=dict)
    """Values that the devis of a contract gives to a clause: they win over those of a preset."""

    # --- gathering ---

    def gather(self, faits: Mapping[str, Valeur | Manque]) -> None:
        """Find every clause asked for, and keep those that go together."""
        conditions = self.conditions
        if conditions is not None and not conditions.selects:
            self._find_on(self.lecture, ("conditions",), "C537", "ces conditions ne choisissent aucune clause")
        demandes = self._list_demandes(self.lecture, self.porteur, du_document=True)
        if conditions is not None and self.lecture.conditions is not None:
            demandes += self._list_demandes(self.lecture.conditions, conditions, du_document=False)
        demandes = self._merge(self._leave_out(demandes))
        kept = self._filter(demandes, faits)
        kept = self._apply_remplace(kept)
        kept = self._apply_familles(kept)
        self.retenues = self._place(kept)
        self._complete(faits)
        self._check_together()
        self._find_reglages()
        made_of_articles = isinstance(self.porteur, Conditions | Contrat) and not any(c.is_error for c in self.constats)
        if self.asked and not self.retenues and (made_of_articles or not self.constats):
            self._find_on(self.lecture, ("clauses",), "C537", "aucune des clauses demandées ne s'imprime", _POURQUOI)

    @property
    def asked(self) -> bool:
        """True when the document, or its conditions, ask for clauses."""
        conditions = self.conditions
        return self.porteur.selects or (conditions is not None and conditions.selects)

    @cached_property
    def conditions(self) -> Conditions | None:
        """The general conditions annexed to the document."""
        annexe = self.lecture.conditions
        return annexe.texte if annexe is not None and isinstance(annexe.texte, Conditions) else None

    def _list_demandes(self, lecture: Lecture, porteur: PorteClauses, *, du_document: bool) -> list[_Demande]:
        found: list[_Demande] = []
        for chemin, nom in porteur.iter_modeles():
            found += self._expand_modele(lecture, chemin, nom, du_document=du_document)
        for chemin, theme in porteur.iter_themes():
            found += self._expand_theme(lecture, chemin, theme, du_document=du_document)
        kind = porteur_kind(porteur)
        where = f"nommée {kind}"
        for chemin, cited in porteur.iter_citations():
            place, path = locate_in(lecture, chemin)
            lue, problems = self.fonds.find(cited.renvoi, place, path)
            self.report(problems)
            if lue is not None:
                values = _find_values(lecture, chemin, cited, lue)
                found.append(_Demande(lue, where, True, du_document, place, path, values))
        return found

    def _expand_modele(self, lecture: Lecture, chemin: Chemin, nom: str, *, du_document: bool) -> list[_Demande]:
        place, path = locate_in(lecture, chemin)
        modele, problems = self.fonds.find_modele(nom, place, path)
        self.report(problems)
        if modele is None:
            return []
        self.titre_modele = self.titre_modele or modele.titre or ""
        found = []
        unpinned = 0
        problems = []
        for index, cited in enumerate(modele.clauses):
            # Said where the document asks for the preset: its own file may well be one that we ship.
            lue, said = self.fonds.find(cited.renvoi, place, path)
            unpinned += sum(item.code == "C523" for item in said)
            problems += [item for item in said if item.code != "C523"]
            if lue is not None:
                values = {name: (text, modele.place(index), name) for name, text in cited.valeurs}
                given = {**values, **self.acquises.get(lue.id, {})}
                found.append(_Demande(lue, f"modèle {nom}", False, du_document, place, path, given))
        if unpinned:
            many = f"{unpinned} clauses de ce modèle ne sont" if unpinned > 1 else "une clause de ce modèle n'est"
            problems.append(finding("C523", f"{many} pas dans facture.lock", place, path))
        self.report(problems)
        known = {demande.lue.id for demande in found}
        joining = [lue.id for lue in self.fonds.find_joining(nom) if lue.id not in known]
        return found + self._find_by_id(joining, f"rejoint le modèle {nom}", place, path, du_document=du_document)

    def _find_by_id(
        self, ids: list[str], raison: str, place: Position, path: str, *, du_document: bool
    ) -> list[_Demande]:
        """Look clauses up as a bare reference would, so that the lock and the nearest library speak."""
        found = []
        for ident in ids:
            lue, problems = self.fonds.find(Renvoi(ident), place, path)
            self.report(problems)
            if lue is not None:
                given = self.acquises.get(lue.id, {})
                found.append(_Demande(lue, raison, False, du_document, place, path, given))
        return found

    def _expand_theme(self, lecture: Lecture, chemin: Chemin, theme: str, *, du_document: bool) -> list[_Demande]:
        place, path = locate_in(lecture, chemin)
        chosen = [lue.id for lue in self.fonds.visible() if theme in lue.clause.themes]
        if not chosen:
            near = typo.suggest(theme, self.fonds.themes())
            hint = f" ; vouliez-vous « {near} » ?" if near else ""
            self.constats.append(finding("C526", f"aucune clause du thème « {theme} »{hint}", place, path))
        return self._find_by_id(chosen, f"thème {theme}", place, path, du_document=du_document)

    # --- sorting out ---

    def _merge(self, demandes: list[_Demande]) -> list[_Demande]:
        """Bring the mentions of one clause together: one a document, one where it prints.

        Why: the first mention keeps its place in the order; naming a clause that a preset chose is how one gives it a
        value, and naming it twice is a slip. The document's values win over those of its conditions.
        """
        own: dict[tuple[str, bool], _Demande] = {}
        for demande in demandes:
            key = (demande.lue.id, demande.du_document)
            other = own.get(key)
            if other is None:
                own[key] = demande
                continue
            if other.nommee and demande.nommee:
                self._say_twice(other, demande)
            kept = demande if demande.nommee and not other.nommee else other
            own[key] = replace(kept, valeurs={**other.valeurs, **demande.valeurs})
        placed: dict[tuple[str, Lieu | None], _Demande] = {}
        for demande in own.values():
            general, particular = own.get((demande.lue.id, False)), own.get((demande.lue.id, True))
            values = {**(general.valeurs if general else {}), **(particular.valeurs if particular else {})}
            where = (demande.lue.id, self._find_lieu(demande))
            if where not in placed or (demande.nommee and not placed[where].nommee):
                placed[where] = replace(demande, valeurs=values)
        return list(placed.values())

    def _say_twice(self, first: _Demande, second: _Demande) -> None:
        clash = [
            name
            for name, (text, _, _) in second.valeurs.items()
            if name in first.valeurs and first.valeurs[name][0] != text
        ]
        if clash:
            name = clash[0]
            given = f"« {first.valeurs[name][0]} » ligne {first.valeurs[name][1].line}"
            _, place, path = second.valeurs[name]
            message = f"« {name} » de « {second.lue.id} » a déjà une autre valeur, {given}"
            self.constats.append(finding("C515", message, place, path))
        else:
            message = f"« {second.lue.id} » est déjà nommée ligne {first.place.line}"
            self.constats.append(finding("C524", message, second.place, second.path))

    def _leave_out(self, demandes: list[_Demande]) -> list[_Demande]:
        sources = [(self.lecture, self.porteur)]
        if self.conditions is not None and self.lecture.conditions is not None:
            sources.append((self.lecture.conditions, self.conditions))
        for lecture, porteur in sources:
            for chemin, renvoi in porteur.list_exclues():
                # What a document takes out, it takes out of its conditions too; they cannot take out of the document.
                mine = lecture is self.lecture
                out = [item for item in demandes if matches(renvoi, item.lue) and (mine or not item.du_document)]
                if not out:
                    self._find_on(lecture, chemin, "C543", f"« {renvoi} » n'était pas choisie")
                for demande in out:
                    self.ecartees.append(Ecartee(demande.lue, "retirée par « sans »"))
                demandes = [demande for demande in demandes if demande not in out]
        return demandes

    def _filter(
        self, demandes: list[_Demande], faits: Mapping[str, Valeur | Manque]
    ) -> list[tuple[_Demande, bool | None]]:
        kept: list[tuple[_Demande, bool | None]] = []
        for demande in demandes:
            lue = demande.lue
            if self.public is not None and self.public not in lue.clause.public:
                written = ", ".join(_PUBLICS[name] for name in lue.clause.public)
                if demande.nommee:
                    message = f"« {lue.id} » est écrite pour : {written}"
                    self.constats.append(finding("C511", message, demande.place, demande.path, self._other_public(lue)))
                self.ecartees.append(Ecartee(lue, f"écrite pour : {written}"))
                continue
            holds = self.holds(lue, faits)
            if holds is False:
                condition = lue.clause.quand or ""
                if demande.nommee and lue.id not in self.fautives:
                    message = f"« {lue.id} » ne s'imprime pas : {condition}"
                    self.constats.append(finding("C531", message, demande.place, demande.path))
                self.ecartees.append(Ecartee(lue, f"condition fausse : {condition}"))
                continue
            kept.append((demande, holds))
        return kept

    def holds(self, lue: ClauseLue, faits: Mapping[str, Valeur | Manque]) -> bool | None:
        """Say whether the condition of a clause is met; None when what it reads is not known."""
        if lue.quand is None:
            return True
        try:
            held = lue.quand.evaluate(faits)
        except GabaritInvalide as error:
            self.report([finding(error.code, str(error), lue.place(("quand",)), "quand", error.advice)])
            self.fautives.add(lue.id)
            return False
        if held is not None:
            return held
        # What the document could say and does not is empty; what it cannot say (conditions alone) stays unknown.
        emptied = {
            name: Valeur("", "") if isinstance(fact, Manque) and name != "client.qualite" else fact
            for name, fact in faits.items()
        }
        try:
            return lue.quand.evaluate(emptied)
        except GabaritInvalide:
            return None

    def _other_public(self, lue: ClauseLue) -> str:
        family = lue.clause.famille
        if family is None:
            return ""
        fits = [
            other.id
            for other in self.fonds.visible()
            if other.clause.famille == family and self.public in other.clause.public
        ]
        return f"prenez plutôt : {', '.join(fits)}" if fits else ""

    def _apply_remplace(self, kept: list[tuple[_Demande, bool | None]]) -> list[tuple[_Demande, bool | None]]:
        gone: dict[int, str] = {}
        for demande, _ in kept:
            for renvoi in demande.lue.clause.remplace:
                for index, (other, _) in enumerate(kept):
                    if other.lue is not demande.lue and matches(renvoi, other.lue) and other.lue.id != demande.lue.id:
                        gone[index] = demande.lue.id
        for index, by in gone.items():
            self.ecartees.append(Ecartee(kept[index][0].lue, f"remplacée par {by}"))
        return [pair for index, pair in enumerate(kept) if index not in gone]

    def _apply_familles(self, kept: list[tuple[_Demande, bool | None]]) -> list[tuple[_Demande, bool | None]]:
        families: dict[str, list[_Demande]] = {}
        for demande, _ in kept:
            if demande.lue.clause.famille is not None:
                families.setdefault(demande.lue.clause.famille, []).append(demande)
        out: list[_Demande] = []
        for members in families.values():
            ids = list(dict.fromkeys(demande.lue.id for demande in members))
            if len(ids) < 2:
                continue
            winner = self._choose_variant(members)
            for demande in members:
                if demande.lue.id != winner.lue.id:
                    out.append(demande)
                    self.ecartees.append(Ecartee(demande.lue, f"variante : {winner.lue.id} est retenue"))
        return [pair for pair in kept if pair[0] not in out]

    def _choose_variant(self, members: list[_Demande]) -> _Demande:
        """Return the variant that stays: the one named, on the document first; else the preferred one."""
        for named in ([m for m in members if m.nommee and m.du_document], [m for m in members if m.nommee]):
            ids = list(dict.fromkeys(demande.lue.id for demande in named))
            if len(ids) > 1:
                message = f"« {ids[0]} » et « {ids[1]} » sont deux variantes de « {named[0].lue.clause.famille} »"
                self.constats.append(finding("C533", message, named[-1].place, named[-1].path))
            if named:
                return named[0]

        def rank(demande: _Demande) -> int:
            position = demande.lue.clause.position
            return POSITIONS.index(position) if position is not None else len(POSITIONS)

        return min(members, key=rank)

    def _place(self, kept: list[tuple[_Demande, bool | None]]) -> list[Retenue]:
        """Say where each clause prints: where it is named, else where its `emplacement` wants it."""
        placed: list[Retenue] = []
        for demande, holds in kept:
            lieu = self._find_lieu(demande)
            if lieu is None:
                where = {"devis": "le devis", "conditions": "les conditions", "contrat": "le contrat"}
                self.ecartees.append(Ecartee(demande.lue, f"s'imprime sur {where[demande.lue.clause.emplacement]}"))
                continue
            placed.append(
                Retenue(
                    demande.lue,
                    demande.raison,
                    lieu,
                    demande.nommee,
                    demande.place,
                    demande.path,
                    demande.valeurs,
                    holds,
                )
            )
        return placed

    def _find_lieu(self, demande: _Demande) -> Lieu | None:
        wanted = demande.lue.clause.emplacement
        if isinstance(self.porteur, Conditions):
            return "annexe" if demande.nommee or wanted == "conditions" else None
        if isinstance(self.porteur, Contrat):
            return "annexe" if demande.nommee or wanted != "devis" else None
        if demande.nommee:
            return "document" if demande.du_document else "annexe"
        return "document" if wanted == "devis" else "annexe" if wanted == "conditions" else None

    def _complete(self, faits: Mapping[str, Valeur | Manque]) -> None:
        """Add the clauses that others require; a clause that cannot be added is a finding at the one that wants it."""
        own = [renvoi for _, renvoi in self.porteur.list_exclues()]
        general = [renvoi for _, renvoi in self.conditions.list_exclues()] if self.conditions is not None else []
        queue = list(self.retenues)
        while queue:
            asking = queue.pop(0)
            for renvoi in asking.lue.clause.requiert:
                if self._is_met(renvoi):
                    continue
                needed, problems = self.fonds.find(renvoi, asking.place, asking.path)
                reason = ""
                holds: bool | None = True
                if needed is None:
                    reason = "introuvable"
                    self.report([found for found in problems if found.code != "C502"])
                elif any(matches(out, needed) for out in (own if asking.lieu == "document" else [*own, *general])):
                    reason = "retirée par « sans »"
                elif self.public is not None and self.public not in needed.clause.public:
                    reason = "écrite pour un autre public"
                elif (holds := self.holds(needed, faits)) is False:
                    reason = f"sa condition est fausse : {needed.clause.quand}"
                if reason or needed is None:
                    message = f"« {asking.lue.id} » requiert « {renvoi} » : {reason}"
                    self.constats.append(finding("C509", message, asking.place, asking.path))
                    continue
                why = f"requise par {asking.lue.id}"
                added = Retenue(needed, why, asking.lieu, False, asking.place, asking.path, {}, holds)
                self.retenues.append(added)
                queue.append(added)

    def _is_met(self, renvoi: Renvoi) -> bool:
        """Say whether a required clause is there, or a variant of it, or one that takes its place."""
        if any(matches(renvoi, other.lue) for other in self.retenues):
            return True
        if any(taken.id == renvoi.id for other in self.retenues for taken in other.lue.clause.remplace):
            return True
        needed, _ = self.fonds.find_unpinned(renvoi, self.lecture.racine.position, "")
        family = needed.clause.famille if needed is not None else None
        return family is not None and any(other.lue.clause.famille == family for other in self.retenues)

    def _check_together(self) -> None:
        by_id: dict[str, list[Retenue]] = {}
        for retenue in self.retenues:
            by_id.setdefault(retenue.lue.id, []).append(retenue)
        said_pairs: set[frozenset[str]] = set()
        for first in self.retenues:
            for renvoi in first.lue.clause.incompatible:
                for second in by_id.get(renvoi.id, []):
                    pair = frozenset({first.lue.id, second.lue.id})
                    if not matches(renvoi, second.lue) or len(pair) < 2 or pair in said_pairs:
                        continue
                    said_pairs.add(pair)
                    late, early = sorted((first, second), key=self.retenues.index, reverse=True)
                    said = late if late.nommee or not early.nommee else early
                    message = f"« {early.lue.id} » et « {late.lue.id} » ne vont pas ensemble"
                    self.constats.append(finding("C510", message, said.place, said.path))

    def _find_reglages(self) -> None:
        """Find what the values of clauses set for the whole document."""
        given: dict[str, tuple[Any, Position, str]] = {}
        for retenue in self.retenues:
            if retenue.condition is None:
                # Whether it prints depends on the sums: what it says cannot decide of what they rest on.
                continue
            for name, variable in retenue.lue.clause.variables.items():
                if variable.gouverne is None:
                    continue
                text, place, path = retenue.valeurs.get(name, (variable.defaut, retenue.place, retenue.path))
                if text is None:
                    continue
                try:
                    value = parse_valeur(variable, text)
                except ValeurRefusee:
                    continue  # said when the text is composed
                former = given.setdefault(variable.gouverne, (value.brut, place, path))
                if former[0] != value.brut:
                    self.disputes.add(variable.gouverne)
                    message = f"« {name} » fixe {variable.gouverne} autrement que la ligne {former[1].line}"
                    self.constats.append(finding("C515", message, place, path))
                else:
                    self.reglages[variable.gouverne] = (value.brut, retenue.lue)

    # --- findings ---

    def report(self, findings: Iterable[Diagnostic]) -> None:
        """Add findings that were not said yet."""
        self.constats = list(dict.fromkeys([*self.constats, *findings]))

    def _find_on(self, lecture: Lecture, chemin: Chemin, code: str, message: str, advice: str = "") -> None:
        place, path = locate_in(lecture, chemin)
        self.constats.append(finding(code, message, place, path, advice))


def porteur_kind(porteur: PorteClauses) -> str:
    """Return « sur le document », « dans les conditions » or « dans le contrat »."""
    if isinstance(porteur, Conditions):
        return "dans les conditions"
    return "dans le contrat" if isinstance(porteur, Contrat) else "sur le document"


def choose(
    lecture: Lecture,
    porteur: PorteClauses,
    faits: Mapping[str, Valeur | Manque],
    *,
    public: str | None,
    is_draft: bool,
    acquises: Mapping[str, Mapping[str, tuple[str, Position, str]]] | None = None,
) -> Choisies | None:
    """Choose the clauses of a document.

    Args:
        lecture: the document, with its conditions and its libraries.
        faits: what is known of it so far; a condition on what is not keeps its clause for now.
        public: quality of the reader.
        acquises: values that the devis of a contract already gives, by clause.

    Returns: the choice with every finding, or None when the document asks for no clause.
    """
    if lecture.fonds is None:
        return None
    chosen = Choisies(lecture, porteur, lecture.fonds, is_draft, public, acquises=acquises or {})
    chosen.report(lecture.fonds.constats)
    chosen.gather(faits)
    return chosen


# --- Places ----------------------------------------------------------------------------------------------------------


def locate_in(lecture: Lecture, chemin: Chemin) -> tuple[Position, str]:
    """Return where a path of a document stands, and as much of it as the text holds."""
    position, reached = locate(lecture.racine, chemin)
    return position, format_path(reached)


def _find_values(
    lecture: Lecture, chemin: Chemin, cited: ClauseCitee, lue: ClauseLue
) -> dict[str, tuple[str, Position, str]]:
    values = {}
    for name, text in cited.valeurs:
        # A name that the clause does not know is itself what is to mend.
        unknown = name not in lue.clause.variables
        place, reached = locate(lecture.racine, (*chemin, cited.cle, name), at_key=unknown)
        values[name] = (text, place, format_path(reached))
    return values


def find_theme(lue: ClauseLue) -> str:
    """Return the theme that a clause prints under."""
    return lue.clause.themes[0] if lue.clause.themes else ""
