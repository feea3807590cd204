"""The scripts of the net do what they say: python3 tests/tidy/net_test.py"""

import importlib.machinery
import importlib.util
import re
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

import depth_page  # noqa: E402
import lint_list  # noqa: E402
import random_scenario  # noqa: E402
import slow_tests  # noqa: E402


def script(name):
    """A script without .py as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(ROOT / "scripts" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


JUNIT = """<testsuite>
<testcase name="core.A.quick" time="1.5" status="run"/>
<testcase name="core.A.slow" time="45" status="run"/>
<testcase name="routing.Policies/B.each/3" time="2" status="run"/>
<testcase name="routing.Policies/B.each/4" time="3" status="fail"/>
</testsuite>"""


class SlowTests(unittest.TestCase):
    def test_a_test_over_the_limit_needs_its_name_on_the_list(self):
        with tempfile.TemporaryDirectory() as folder:
            junit = Path(folder) / "tests.xml"
            junit.write_text(JUNIT)
            took = slow_tests.durations(junit)
            self.assertEqual(slow_tests.too_slow(took, set(), 30), [("core.A.slow", 45.0)])
            self.assertEqual(slow_tests.too_slow(took, {"core.A.slow"}, 30), [])
            self.assertEqual(slow_tests.too_slow(took, set(), 60), [])
            names = Path(folder) / "slow.txt"
            names.write_text("# why\ncore.A.slow  # it replays a day\n")
            self.assertEqual(slow_tests.listed(names), {"core.A.slow"})


class LintList(unittest.TestCase):
    def files(self):
        return [path for path in lint_list.git("ls-files") if path.endswith((".cpp", ".hpp"))]

    def test_what_changed_and_who_includes_it_is_linted(self):
        chosen = lint_list.lint_list({"src/cluster/links/links.hpp"}, self.files())
        self.assertIn("src/simulation/handlers/placing.cpp", chosen)  # through parts.hpp
        self.assertNotIn("src/trace/trace.cpp", chosen)
        self.assertEqual(lint_list.lint_list({"src/core/time.cpp"}, self.files()),
                         ["src/core/time.cpp"])
        self.assertEqual(lint_list.lint_list({"README.md"}, self.files()), [])

    def test_all_is_linted_where_the_last_time_is_unknown_or_the_rules_changed(self):
        everything = lint_list.lint_list(None, self.files())
        self.assertGreater(len(everything), 200)
        self.assertEqual(lint_list.lint_list({".clang-tidy"}, self.files()), everything)
        self.assertIsNone(lint_list.changed_since("0" * 40))


class CompareBuilds(unittest.TestCase):
    def test_only_the_build_and_the_clock_may_differ(self):
        compare = script("compare_builds")
        a = {"pigou": {"git": "1"}, "ttft_s": {"mean": 1.5}, "process": {"wall_s": 2}}
        b = {"pigou": {"git": "2"}, "ttft_s": {"mean": 1.5}, "process": {"wall_s": 3}}
        same = [compare.without_build(x) for x in (a, b)]
        self.assertIsNone(compare.first_json_difference(*same))
        b["ttft_s"]["mean"] = 1.5000000000000002
        found = compare.first_json_difference(*[compare.without_build(x) for x in (a, b)])
        self.assertIn("/ttft_s/mean", found)
        self.assertIn("only in A", compare.first_json_difference({"x": 1}, {}))
        self.assertIn("order", compare.first_json_difference({"x": 1, "y": 2}, {"y": 2, "x": 1}))
        self.assertIn("entries", compare.first_json_difference([1], [1, 2]))


class RandomScenarios(unittest.TestCase):
    def test_a_seed_is_a_scenario_and_many_of_them_are_everything(self):
        drawn = [random_scenario.draw_scenario(seed, ["a", "b"]) for seed in range(200)]
        self.assertEqual(drawn[7], random_scenario.draw_scenario(7, ["a", "b"]))
        for section in ("fleet", "gateway", "signals", "pd", "network", "slo", "output"):
            self.assertGreater(sum(section in scenario for scenario in drawn), 5, section)
        roles = {pool["role"] for scenario in drawn for pool in scenario["cluster"]["pools"]}
        self.assertEqual(roles, {"aggregated", "prefill", "decode"})
        self.assertEqual({scenario["router"]["name"] for scenario in drawn}, {"a", "b"})


class DepthPage(unittest.TestCase):
    def test_instances_of_a_test_count_together(self):
        with tempfile.TemporaryDirectory() as folder:
            junit, log = Path(folder) / "tests.xml", Path(folder) / "depth.log"
            junit.write_text(JUNIT)
            log.write_text("Policies/B.each/3\tscenarios\t200\nPolicies/B.each/4\tscenarios\t100\n"
                           "A.quick\tmutants\t5\n")
            ended, again = depth_page.endings([("abc", junit)])
            rows = list(depth_page.search_rows(depth_page.drawn([log]), ended))
        self.assertEqual(rows, ["| A.quick | 5 mutants | 0 | 2 |",
                                "| B.each | 300 scenarios | 1 | 5 |"])
        self.assertEqual(again, [])

    def test_of_a_test_that_ran_again_the_last_run_counts(self):
        with tempfile.TemporaryDirectory() as folder:
            whole, later = Path(folder) / "tests.xml", Path(folder) / "again.xml"
            whole.write_text(JUNIT)
            later.write_text(JUNIT.replace('status="fail"', 'status="run"'))
            ended, again = depth_page.endings([("abc", whole), ("def", later)])
        self.assertEqual(ended["B.each"][:2], [2, 0])
        self.assertEqual([commit for commit, _ in again], ["def"])


class Mutants(unittest.TestCase):
    def test_each_can_still_be_planted(self):
        runner = script("mutants")
        for mutant in runner.MUTANTS:
            self.assertIsNone(runner.stale(mutant), f"law {mutant.law}, {mutant.fault}")

    def test_each_law_has_one(self):
        page = (ROOT / "docs" / "laws.md").read_text()
        laws = {int(number) for number in re.findall(r"^## (\d+)\. ", page, re.MULTILINE)}
        self.assertEqual({mutant.law for mutant in script("mutants").MUTANTS}, laws)


if __name__ == "__main__":
    unittest.main()
