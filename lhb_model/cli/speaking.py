"""What a verb says when it fails: one line, and the exit code."""

import os
import sys
from collections.abc import Callable
from errno import EPIPE
from functools import wraps
from typing import Any

import click

from lhb_model.errors import LhbError, reason


def speaking(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Turn errors into one unwrapped line and their exit code; an interrupt into 130."""

    @wraps(verb)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return verb(*args, **kwargs)
        except LhbError as error:
            _leave(f"Error: {error}", error.exit_code)
        except KeyboardInterrupt as stop:
            _leave(str(stop) or "Interrupted.", 130)
        except OSError as error:
            # A reader such as `head` that has seen enough; click ends quietly.
            if error.errno == EPIPE:
                raise
            place = f"{error.filename}: " if error.filename else ""
            _leave(f"Error: {place}{reason(error)}", 2)
        except Exception as error:
            if os.environ.get("LHB_TRACEBACK"):
                raise
            text = f"{type(error).__name__}: {' '.join(str(error).split())}"
            _leave(f"Error: a fault of lhb itself: {text} (LHB_TRACEBACK=1 shows where)", 3)

    return guarded


def _leave(text: str, code: int) -> None:
    click.echo(text, err=True)
    sys.exit(code)
