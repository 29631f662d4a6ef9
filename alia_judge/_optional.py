"""Import what an extra provides, or say which extra to install."""

from __future__ import annotations

import importlib
from types import ModuleType

from alia_judge._messages import message, message_of
from alia_judge.errors import MissingExtraError

__all__ = ["require"]


def require(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import `module`, or raise an error that names the extra it comes with.

    Raises
    ------
    MissingExtraError
        If `module` cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            message(
                "{purpose} needs {module!r}, which cannot be imported ({error}); install it with: pip "
                "install 'alia-judge[{extra}]', in a checkout pip install '.[{extra}]'",
                purpose=purpose,
                module=module,
                error=message_of(error),
                extra=extra,
            )
        ) from error
