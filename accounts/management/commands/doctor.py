"""Say what is wrong with the running site, and what to do: docs/operating.md, “Doctor”."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.doctor import examination, mail
from accounts.doctor.findings import Finding, State, counted, worst


class Command(BaseCommand):
    help = (
        "Look at the database, the cache, keys, mail, the clock, proxies, cookies, third parties, "
        "clients, background work, the disk and the settings. Exits with 1 where something is "
        "broken; warnings do not change that, but with --strict."
    )
    requires_system_checks: list[str] = []  # what they find is told as all the rest

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.add_argument("--strict", action="store_true", help="exit with 1 for warnings, too")
        parser.add_argument("--offline", action="store_true", help="call nobody")
        parser.add_argument(
            "--only", nargs="+", choices=examination.TOPICS, default=examination.TOPICS,
            metavar="TOPIC", help=f"look at nothing else: {', '.join(examination.TOPICS)}",
        )  # fmt: skip
        parser.add_argument("--send-mail-to", metavar="ADDRESS", help="send a letter there")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examination.at_once(options["only"])
        if not options["offline"]:
            findings += examination.by_calls(options["only"])
        if options["send_mail_to"]:
            findings.append(mail.send(options["send_mail_to"]))
        state = worst(findings)
        if options["json"]:
            told = {"state": state, "findings": [each.as_json() for each in findings]}
            self.stdout.write(json.dumps(told, indent=2))
        else:
            self._print(findings)
        if state is State.BROKEN or (options["strict"] and state is State.WARNING):
            sys.exit(1)

    def _print(self, findings: list[Finding]) -> None:
        style = {State.OK: self.style.SUCCESS, State.WARNING: self.style.WARNING}
        style |= {State.BROKEN: self.style.ERROR}
        for each in findings:
            mark = f"{each.state:<8}"
            drawn = style[each.state](mark) if each.state in style else mark
            self.stdout.write(f"{drawn} {each.topic}: {each.checked}. {each.found}")
            if each.remedy:
                self.stdout.write(f"{'':8} → {each.remedy}")
        self.stdout.write(counted(findings))
