"""Secrets that do not stand in the configuration: read from a file, or asked of a program."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Iterator

from frp.config.declare import Problem, key, table
from frp.config.files import readFile
from frp.errors import ConfigError, reasonOf

__all__ = ["TOKEN_SOURCE_EXEC", "EnvironmentVariable", "ExecSource", "FileSource", "TokenSource", "resolve"]

TOKEN_SOURCE_EXEC = "TokenSourceExec"
"""The unsafe feature that lets a configuration start a program."""

OUTPUT_LIMIT = 1024 * 1024  # bytes; more is no token
TIMEOUT = 60.0  # seconds that the program may take


@table
class FileSource:
    """A file that holds the secret."""

    path: str = key("", "The file; spaces and line ends around its content are dropped.")


@table(reference="v1.ExecEnvVar")
class EnvironmentVariable:
    """A variable of the program's environment."""

    name: str = key("", "The name of the variable.")
    value: str = key("", "Its value.", secret=True)


@table
class ExecSource:
    """A program that prints the secret."""

    command: str = key("", "The program.")
    args: list[str] = key(list, "Its arguments.")
    env: list[EnvironmentVariable] = key(list, "Variables that are added to frp's own environment.")


@table(reference="v1.ValueSource")
class TokenSource:
    """Where a secret comes from. Running a program needs C{--allow-unsafe TokenSourceExec}."""

    type: str = key("", "How the secret is got: read a file, or run a program.", shown="none")
    file: FileSource | None = key(None, "With the type file: which.")
    exec: ExecSource | None = key(None, "With the type exec: which program.")

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """The reference's rules, in its order."""
        if self.type == "exec" and TOKEN_SOURCE_EXEC not in allowed:
            text = f'unsafe feature "{TOKEN_SOURCE_EXEC}" is not enabled. '
            text += "To enable it, ensure it is allowed in the configuration or command line flags"
            yield Problem("type", text, f"start with --allow-unsafe {TOKEN_SOURCE_EXEC}")
        for name, text in self._incomplete():
            yield Problem(name, f"invalid {at}: {text}")

    def _incomplete(self) -> Iterator[tuple[str, str]]:
        if self.type == "file":
            if self.file is None:
                yield "file", "file configuration is required when type is 'file'"
            elif not self.file.path:
                yield "file.path", "file path cannot be empty"
        elif self.type == "exec":
            if self.exec is None:
                yield "exec", "exec configuration is required when type is 'exec'"
                return
            if not self.exec.command:
                yield "exec.command", "exec command cannot be empty"
            for n, variable in enumerate(self.exec.env):
                if not variable.name:
                    yield f"exec.env[{n}].name", "exec env name cannot be empty"
                elif "=" in variable.name:
                    yield f"exec.env[{n}].name", "exec env name cannot contain '='"
        else:
            yield "type", f"unsupported value source type: {self.type} (only 'file' and 'exec' are supported)"


def resolve(source: TokenSource, at: str) -> str:
    """
    Get the secret. Blocks until the file is read or the program has ended.

    @param at: where the source stands, C{"auth.tokenSource"}.
    @raise ConfigError: with the reference's text.
    """
    for name, text in source._incomplete():
        raise ConfigError(f"{at}.{name}", text)
    if source.type == "file" and source.file is not None:
        found = _read(source.file, f"{at}.file.path")
    else:
        found = _ask(source.exec or ExecSource(), f"{at}.exec")
    return found.decode("utf-8", "surrogateescape").strip()


def _read(file: FileSource, at: str) -> bytes:
    before = f"failed to read file {file.path}"
    try:
        content = readFile(file.path, at, OUTPUT_LIMIT + 1)
    except ConfigError as error:
        raise error.behind(before) from error
    if len(content) > OUTPUT_LIMIT:
        raise ConfigError(at, f"{before}: more than {OUTPUT_LIMIT} bytes")
    return content


def _ask(program: ExecSource, at: str) -> bytes:
    before = f"failed to execute command {program.command}"
    environment = {**os.environ, **{variable.name: variable.value for variable in program.env}}
    try:
        ended = subprocess.run(
            [program.command, *program.args],
            env=environment,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        why = reasonOf(error) if isinstance(error, OSError) else str(error)
        if isinstance(error, FileNotFoundError):
            why = f'exec: "{program.command}": executable file not found in $PATH'
            if "/" in program.command:
                why = f"fork/exec {program.command}: no such file or directory"
        raise ConfigError(at, f"{before}: {why}") from error
    if ended.returncode:
        how = f"exit status {ended.returncode}" if ended.returncode > 0 else f"signal {-ended.returncode}"
        said = ended.stderr[:500].decode(errors="replace").strip()
        raise ConfigError(at, f"{before}: {how}", hint=f"it said: {said}" if said else "")
    if len(ended.stdout) > OUTPUT_LIMIT:
        raise ConfigError(at, f"{before}: it printed more than {OUTPUT_LIMIT} bytes")
    return ended.stdout
