"""Run manage.py on the data of `make run`: `python -m config.manage [--third-party] COMMAND ...`"""

import os
import sys

from config.instance import BASE_DIR, NotStartedError
from config.serve import instances


def main(arguments: list[str]) -> None:
    try:
        site, example = instances()
    except NotStartedError as problem:
        sys.exit(str(problem))
    at_third_party = arguments[:1] == ["--third-party"]
    instance = example if at_third_party else site
    command = [sys.executable, str(BASE_DIR / "manage.py"), *arguments[at_third_party:]]
    os.execve(sys.executable, command, instance.environment())  # noqa: S606 (no shell is meant)


if __name__ == "__main__":
    main(sys.argv[1:])
