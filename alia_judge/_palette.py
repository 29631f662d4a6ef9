"""The colours of every plot and page: drawn as these, and replaced by the page's variables of the same names."""

from __future__ import annotations

__all__ = ["DARK", "PALETTE"]

#: On white. Contrast of `ink`, `muted`, `accent` and `contrast` with the ground is at least 4.5 to 1 (WCAG AA).
PALETTE = {
    "ink": "#1b2126",
    "muted": "#5b666f",
    "rule": "#cfd6db",
    "accent": "#0a6784",
    "contrast": "#a4491a",
}

#: The same on the dark ground.
DARK = {
    "ink": "#e7ebee",
    "muted": "#a3adb5",
    "rule": "#3a444c",
    "accent": "#62c4e4",
    "contrast": "#f0a070",
}
