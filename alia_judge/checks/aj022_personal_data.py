"""AJ022: texts hold personal data."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from alia_judge._messages import message
from alia_judge.checks.base import CheckData, finding, not_applicable, result
from alia_judge.checks.finding import CheckResult, Severity
from alia_judge.text.personal_data import find_personal_data

__all__ = ["CHECKS", "PersonalData"]

#: Those that are words, as they are shown; the others are names.
_KINDS = {
    "e-mail": message("e-mail"),
    "card": message("card"),
    "telephone": message("telephone"),
    "name": message("name"),
    "place": message("place name"),
}


class PersonalData:
    """Looks for numbers that are somebody's and e-mail addresses; with a model for names and places, too."""

    code: ClassVar[str] = "AJ022"
    name: ClassVar[str] = message("personal data")
    severity: ClassVar[Severity] = "warning"
    statistical: ClassVar[bool] = False
    looks_at: ClassVar[str] = (
        "Every text, for e-mail addresses, telephones, IBANs, DNIs, NIEs, CIFs, cards (where check digits are "
        "right) and ICCIDs of SIM cards; names and places on request (`validate --names MODEL`)."
    )
    meaning: ClassVar[str] = message("They would be sent to the judge's model and published with the benchmark.")
    remedy: ClassVar[str] = message(
        "Redact before building (`alia_judge.checks.redact_ratings`), or make sure that they are fictitious."
    )

    def run(self, data: CheckData) -> CheckResult:
        """One finding a kind."""
        if not data.texts:
            return not_applicable(self, message("no item has a text"))
        where: dict[str, list[str]] = {}
        counts: Counter[str] = Counter()
        for text, ids in data.texts.items():
            for datum in find_personal_data(text, names=data.names):
                counts[datum.kind] += 1
                where.setdefault(datum.kind, []).extend(ids)
        found = []
        for kind, n in counts.most_common():
            affected = tuple(dict.fromkeys(where[kind]))
            # The datum itself is not repeated: findings are shown and published.
            found.append(
                finding(
                    self,
                    message(
                        "{n} times {kind} in {n_affected} items",
                        n=n,
                        kind=_KINDS.get(kind, kind),
                        n_affected=len(affected),
                    ),
                    items=affected,
                    count=len(affected),
                )
            )
        without = "" if data.names is not None else message(", names and places not looked for")
        return result(self, found, looked_at=message("{n} texts{without}", n=len(data.texts), without=without))


CHECKS = (PersonalData(),)
