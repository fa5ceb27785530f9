"""A terminal and a browser, for who follows a document: what it says is entered as it stands."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import requests

from config.instance import BASE_DIR, OF_THE_MACHINE
from docs.wire import form_on
from tests.migrated import File

PROMPT = "the block has ended"

# As the Makefile says, but what is installed is taken as it is: that `make` installs is seen
# wherever these tests run. And few tests need no processes side by side, which take seconds each.
_MAKE = "command make -s -o .venv/runtime -o .venv/development run=pytest"


class Terminal:
    """A shell in a copy of the project. The ports of the documents are those of `port` on."""

    def __init__(self, folder: Path, settings: dict[str, str], port: int = 8000) -> None:
        self.port = port
        self.printed = ""  # for those who share it
        self.shell = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=of_the_machine() | settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.enter(f'make() {{ {_MAKE} python={shlex.quote(sys.executable)} "$@"; }}')
        self.enter("trap 'failed=$BASH_COMMAND' ERR")

    def enter(self, block: str, answer: str = "") -> str:
        """Enter `block`, with `answer` for what it asks, and return what is printed.

        No command in it may fail.
        """
        block = re.sub(r":800([012])\b", lambda found: f":{self.port + int(found[1])}", block)
        block = block.replace("read -r answer", f"answer={shlex.quote(answer)}")
        assert self.shell.stdin
        self.shell.stdin.write(f'{block}\necho; echo "{PROMPT}:$failed"\n')
        self.shell.stdin.flush()
        return "".join(self._printed())

    def _printed(self) -> Iterator[str]:
        assert self.shell.stdout
        printed = ""
        for line in self.shell.stdout:
            if line.startswith(PROMPT):
                assert line.strip() == f"{PROMPT}:", printed + line
                return
            printed += line
            yield line
        raise AssertionError(f"the shell has ended: {printed}")

    def close(self) -> None:
        self.shell.kill()
        self.shell.communicate()


class Learner:
    """A person's browser, in which they press what the document says."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.session = requests.Session()

    def open(self, url: str, **headers: str) -> requests.Response:
        return self.session.get(url, timeout=30, headers=headers)

    def press(self, page: requests.Response, to: str, **filled: object) -> requests.Response:
        """Submit the form that leads to `to`; where the browser then ends may be nowhere."""
        form = form_on(page, to=to)
        answer = self.session.post(
            form.action, form.fields | filled, timeout=30, allow_redirects=False
        )
        self.address = answer.headers.get("Location", "")
        return answer

    def follow(self, answer: requests.Response) -> requests.Response:
        return self.open(requests.compat.urljoin(answer.url, answer.headers["Location"]))

    def sign_in(self, page: requests.Response) -> requests.Response:
        who = {"login": "alice@example.com", "password": self.password}
        return self.follow(self.press(page, "/accounts/login/", **who))

    def go_through_example_id(
        self, page: requests.Response, button: str = "/accounts/oidc/example/login/"
    ) -> requests.Response:
        """Press the button of the third party, and come back to where Alice wanted to go."""
        site = urlsplit(page.url).netloc
        page = self.follow(self.press(page, button))
        if "/accounts/login/" in page.url:  # the third party may ask for the password again
            page = self.sign_in(page)
        if urlsplit(page.url).netloc != site:  # and whether the site gets access, the first time
            page = self.follow(self.allow(page))
        return page

    def allow(self, page: requests.Response) -> requests.Response:
        return self.press(page, "/oauth/authorize/", decision="allow")


def of_the_machine() -> dict[str, str]:
    """Return what a process needs of the environment, without any setting."""
    return {name: os.environ[name] for name in OF_THE_MACHINE if name in os.environ}


def copy_of_the_project(folder: Path) -> Path:
    """Copy what git knows to `folder`, as it stands here; what is installed is shared.

    What Python and these tests made of it comes along: nothing is compiled and migrated again.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    for name in map(Path, filter(None, listed.stdout.split("\0"))):
        compiled = name.parent / "__pycache__" / f"{name.stem}.{sys.implementation.cache_tag}.pyc"
        for each in (name, compiled):
            if (BASE_DIR / each).is_file():  # else it is about to be deleted, or never ran
                (folder / each).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(BASE_DIR / each, folder / each)
    File.give(folder)
    (folder / ".venv").symlink_to(Path(sys.prefix))
    return folder
