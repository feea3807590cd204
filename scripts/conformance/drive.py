"""Drives a real router and ours with one request stream, teacher-forced, and compares choices."""

import argparse
import asyncio
import json
import sys
from importlib import metadata

from follow import Follow, Prompts

PACKAGES = {"dynamo": "ai-dynamo-runtime", "smg": "smg"}


def load_router(name):
    if name == "dynamo":
        from dynamo_router import DynamoRouter

        return DynamoRouter
    from smg_router import SmgRouter

    return SmgRouter


class Tally:
    """Choices of one shadow against the real ones."""

    def __init__(self, name):
        self.name = name
        self.compared = self.agreed = self.ties = self.in_tie_set = 0
        self.agreed_untied = self.untied = 0
        self.differences = []

    def add(self, event, ours, real):
        self.compared += 1
        tied = len(ours["tied"]) > 1
        agreed = ours["choice"] == real
        self.agreed += agreed
        self.ties += tied
        self.in_tie_set += real in ours["tied"]
        if not tied:
            self.untied += 1
            self.agreed_untied += agreed
        if real not in ours["tied"]:
            self.differences.append(
                {"request": event["request"], "real": real, "ours": ours["choice"]}
                | {"rule": ours["rule"]}
            )

    def row(self):
        share = lambda n, of: f"{100 * n / of:.2f} %" if of else "-"
        return [
            self.name,
            str(self.compared),
            share(self.agreed, self.compared),
            share(self.ties, self.compared),
            share(self.agreed_untied, self.untied),
            share(self.in_tie_set, self.compared),
        ]


async def drive(options):
    kind = load_router(options.router)
    settings = ",".join(filter(None, [kind.settings, *options.router_set]))
    shadow = kind.shadow + (":" + settings if settings else "")
    arguments = [options.scenario, "--seed", "1"]
    for setting in options.set:
        arguments += ["--set", setting]
    arguments += ["--set", f"workload.head={options.requests}"]
    for name in (shadow, "round-robin", "least-outstanding", *options.also):
        arguments += ["--shadow", name]
    stream = Follow(options.pigou, arguments)
    prompts = Prompts(stream.hello)
    real = kind(stream.hello, dict(pair.split("=", 1) for pair in options.router_set))
    await real.start()
    tallies = {}
    try:
        for event in stream:
            what = event["event"]
            if what == "kv":
                real.kv(event)
            elif what == "first_token":
                await real.first_token(event)
            elif what == "finish":
                await real.finish(event)
            elif what == "place":
                whole = prompts.tokens if options.router == "dynamo" else prompts.text
                prompt = whole(event)
                chosen = await real.choose(event, prompt)
                for name, ours in event["shadows"].items():
                    tallies.setdefault(name, Tally(name)).add(event, ours, chosen)
                stream.answer(chosen)
                count = next(iter(tallies.values())).compared
                if sys.stderr.isatty() and count % 50 == 0:
                    print(f"\r{count} choices", end="", file=sys.stderr)
    finally:
        stream.stop()
        await real.stop()
    return stream.hello, list(tallies.values())


def report(options, hello, tallies):
    package = PACKAGES[options.router]
    if options.json:
        document = {"real": f"{package} {metadata.version(package)}", "ours": hello["pigou"]}
        print(json.dumps(document | {"rows": [t.row() for t in tallies]}))
        return
    print(f"{package} {metadata.version(package)} beside {hello['pigou']}, ", end="")
    print(f"{hello['entry_instances']} instances, {tallies[0].compared} choices")
    head = ["router", "choices", "agreement", "ties", "agreement without ties", "real in our ties"]
    rows = [head] + [t.row() for t in tallies]
    widths = [max(len(r[c]) for r in rows) for c in range(len(head))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    if options.differences:
        with open(options.differences, "w") as file:
            for difference in tallies[0].differences:
                file.write(json.dumps(difference) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("router", choices=sorted(PACKAGES))
    parser.add_argument("--pigou", required=True)
    parser.add_argument("--scenario", required=True)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument(
        "--router-set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="for both routers: a number that Dynamo's router_config_override takes by our name",
    )
    parser.add_argument("--also", action="append", default=[], help="another router of ours")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--differences", help="write our differing choices to this JSONL file")
    options = parser.parse_args()
    hello, tallies = asyncio.run(drive(options))
    report(options, hello, tallies)


if __name__ == "__main__":
    main()
