"""The images of a table's items: from their texts, their conversations and the columns that hold some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alia_judge.ratings.columns import IMAGES, TEXT_FIELDS, holds_images
from alia_judge.records.images import MOST, images_of, with_marks

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["IN_TEXTS", "with_images"]

#: The column, until then, of the images that texts and conversations came with.
IN_TEXTS = "images in the texts"
_WRITTEN = (*TEXT_FIELDS, "turns")


def with_images(items: pd.DataFrame) -> pd.DataFrame:
    """The items with one column of images, as `Item` has them, and the marks of all of them in their texts.

    A column is one of images by its name and by what is in it; one of names or addresses stays what it is.
    """
    import pandas as pd

    places = range(len(items))
    shown: list[dict[str, None]] = [dict.fromkeys(found or ()) for found in items.get(IN_TEXTS, [()] * len(items))]
    taken = [IN_TEXTS] if IN_TEXTS in items else []
    for name in filter(holds_images, map(str, items.columns)):
        found = [images_of(value) for value in items[name]]
        if any(found):
            taken.append(name)
            for place in places:
                shown[place] |= dict.fromkeys(found[place])
    items = items.drop(columns=taken)
    if not any(shown):
        return items
    images = [tuple(one)[:MOST] or None for one in shown]
    written = [name for name in _WRITTEN if name in items]
    prompts = [
        with_marks(prompt or "", one or (), (text or "" for text in texts)) or None
        for prompt, one, texts in zip(
            items.get("prompt", [None] * len(items)),
            images,
            items[written].itertuples(index=False, name=None) if written else [()] * len(items),
            strict=True,
        )
    ]
    columns: dict[str, list[Any]] = {"prompt": prompts} if any(prompts) else {}
    columns |= {IMAGES: images}
    return items.assign(
        **{name: pd.Series(values, dtype=object, index=items.index) for name, values in columns.items()}
    )
