"""What an editor does with a YAML file: a small client of yaml-language-server (npm), over standard input and output."""

import json
import queue
import shutil
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parent.parent


def server() -> str | None:
    """Where yaml-language-server is: on the path, or in `node_modules` at the top of the project."""
    return shutil.which("yaml-language-server") or shutil.which(
        "yaml-language-server", path=str(ROOT / "node_modules" / ".bin")
    )


class Editor:
    """A language server with open files; `complete` and `hover` take the place of a mark § in the text."""

    def __init__(self, command: str, seconds: float = 30):
        self._seconds, self._number, self._opened = seconds, 0, 0
        self._process = subprocess.Popen(
            [command, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._heard: queue.Queue[dict[str, Any]] = queue.Queue()
        self._diagnostics: dict[str, list[str]] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> "Editor":
        capabilities = {"textDocument": {"hover": {"contentFormat": ["plaintext"]}, "completion": {}}}
        self._ask("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
        self._tell("initialized", {})
        # Nothing is fetched: schemas are those that files name themselves.
        settings = {"yaml": {"schemaStore": {"enable": False}, "validate": True, "hover": True, "completion": True}}
        self._tell("workspace/didChangeConfiguration", {"settings": settings})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def problems(self, path: Path, text: str) -> list[str]:
        """What the editor underlines in a text: "line: message"."""
        uri = self._open(path, text)
        end = time.monotonic() + self._seconds
        while uri not in self._diagnostics and time.monotonic() < end:
            self._take()
        return self._diagnostics[uri]

    def complete(self, path: Path, text: str) -> dict[str, str]:
        """What the editor offers at the mark: label -> explanation."""
        answer = self._at("textDocument/completion", path, text)
        return {item["label"]: _plain(item.get("documentation", "")) for item in answer["items"]}

    def hover(self, path: Path, text: str) -> str:
        """What the editor shows of the thing under the mark."""
        answer = self._at("textDocument/hover", path, text)
        return "" if answer is None else _plain(answer["contents"])

    def _at(self, method: str, path: Path, marked: str) -> Any:
        before, _, after = marked.partition("§")
        uri = self._open(path, before + after)
        place = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
        return self._ask(method, {"textDocument": {"uri": uri}, "position": place})

    def _open(self, path: Path, text: str) -> str:
        """Open a text as a new file beside `path`; nothing is written."""
        self._opened += 1
        uri = path.resolve().with_stem(f"{path.stem}-{self._opened}").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def _ask(self, method: str, words: dict[str, Any]) -> Any:
        self._number += 1
        self._send({"id": self._number, "method": method, "params": words})
        end = time.monotonic() + self._seconds
        while time.monotonic() < end:
            message = self._take()
            if message.get("id") == self._number and "method" not in message:
                assert "error" not in message, message
                return message["result"]
        raise AssertionError(f"yaml-language-server did not answer {method}")

    def _tell(self, method: str, words: dict[str, Any]) -> None:
        self._send({"method": method, "params": words})

    def _send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self._process.stdin.flush()

    def _take(self) -> dict[str, Any]:
        """The next message; what the server asks of the editor is answered with nothing."""
        try:
            message = self._heard.get(timeout=0.5)
        except queue.Empty:
            return {}
        if message.get("method") == "textDocument/publishDiagnostics":
            found = [f"{d['range']['start']['line'] + 1}: {d['message']}" for d in message["params"]["diagnostics"]]
            self._diagnostics[message["params"]["uri"]] = found
        elif "method" in message and "id" in message:
            self._send({"id": message["id"], "result": None})
        return message

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            length = int(header.split(b":")[1])
            while stream.readline().strip():
                pass
            self._heard.put(json.loads(stream.read(length)))


def _plain(given: Any) -> str:
    if isinstance(given, dict):
        given = given["value"]
    return given if isinstance(given, str) else " ".join(map(_plain, given))
