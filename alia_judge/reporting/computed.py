"""What every report says last: which ratings its figures rest on, and how its intervals were made."""

from __future__ import annotations

import math
from collections.abc import Iterable

from alia_judge._messages import _, message, recalled
from alia_judge.reporting.page import Prose
from alia_judge.stats.estimate import Estimate

__all__ = ["computed_prose"]

#: How an `Estimate.method` may read, the longest first.
_METHODS = (
    message("paired {how}", how=""),
    message("{how}, learning included", how=""),
    message("{kind} bootstrap over {units}", kind="", units=""),
    message("jackknife over {units}", units=""),
    message("t over {units}", units=""),
    message("betting, valid at any time"),
    message("F distribution"),
    message("Wilson, clustered"),
    message("{one} and {other}", one="", other=""),
    message("percentile"),
    message("items"),
    message("groups"),
    message("systems"),
    message("annotators"),
)
#: Digits of a fingerprint that tell it from any other; the JSON has them all.
_DIGITS = 16


def computed_prose(where: str, fingerprint: str, estimates: Iterable[Estimate]) -> Prose:
    """A paragraph on what the figures of a page rest on.

    Parameters
    ----------
    where
        The items, in words.
    fingerprint
        Of the ratings; empty where it is not known.
    estimates
        Some of each kind on the page: their methods are named once each, those without an interval passed over.
    """
    made = dict.fromkeys((one.level, one.method) for one in estimates if not math.isnan(one.low) and one.level)
    levels = _(" and ").join(dict.fromkeys(f"{100 * level:g} %" for level, _method in made if level))
    methods = "; ".join(dict.fromkeys(_(recalled(method, _METHODS)) for _level, method in made))
    known = fingerprint[:_DIGITS] or _("not known")
    said = [_("On {where}; fingerprint {fingerprint}.", where=where, fingerprint=known)]
    if made:
        said.append(_("Intervals in brackets are of {levels}, by {methods}.", levels=levels, methods=methods))
    return Prose(text=" ".join(said))
