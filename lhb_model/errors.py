"""The errors a user can meet, each with the exit code it ends the program with."""

import os
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path


class LhbError(Exception):
    """Anything that stops the program with one clear line instead of a traceback."""

    exit_code = 2


class InputError(LhbError):
    """Bad input: what was given, where, and what was expected.

    >>> str(InputError("unknown key 'sed'; did you mean 'seed'?", file="a.yaml", line=3))
    "a.yaml:3: unknown key 'sed'; did you mean 'seed'?"
    """

    def __init__(self, message: str, file: str | Path | None = None, line: int | None = None):
        self.message, self.file, self.line = message, file, line
        place = "" if file is None else f"{file}:" if line is None else f"{file}:{line}:"
        super().__init__(f"{place} {message}".strip())


def reason(error: OSError) -> str:
    """Why the system refused, and what helps if the disk is full.

    >>> reason(OSError(28, "No space left on device"))
    'No space left on device: free some space, or choose another folder'
    """
    text = os.strerror(error.errno) if error.errno else str(error)
    full = error.errno in (ENOSPC, EDQUOT, EFBIG)
    return f"{text}: free some space, or choose another folder" if full else text


class JobError(LhbError):
    """A simulation failed: did not start, diverged, or was killed."""

    exit_code = 3


class CheckError(LhbError):
    """A requested check does not hold."""

    exit_code = 1
