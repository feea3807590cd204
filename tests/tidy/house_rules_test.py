"""The house rules catch what they should: python3 tests/tidy/house_rules_test.py"""

import unittest
from pathlib import Path

import house_rules


def found(path, text):
    return [message for _, message in house_rules.breaches(Path(path), text)]


class HouseRules(unittest.TestCase):
    def test_an_include_that_points_right_is_a_breach(self):
        self.assertEqual(found("src/cluster/a.cpp", '#include "core/time.hpp"\n'), [])
        for path, target in [("src/core/a.cpp", "io"), ("src/cluster/a.cpp", "view"),
                             ("src/routing/a.cpp", "cluster"), ("src/scoring/a.cpp", "routing"),
                             ("kernels/a_body.hpp", "core"), ("src/view/a.hpp", "simulation")]:
            with self.subTest(path=path):
                self.assertEqual(len(found(path, f'#include "{target}/b.hpp"\n')), 1)

    def test_sub_rooms_have_an_order_and_families_do_not_meet(self):
        allowed = [("src/trace/formats/a.cpp", "trace/parse/b"),  # what is common comes first
                   ("src/trace/formats/a.cpp", "trace/b"),  # the room itself is open to all
                   ("src/trace/a.cpp", "trace/formats/b"),
                   ("src/trace/formats/generic/a.cpp", "trace/formats/b"),
                   ("src/trace/formats/generic/a.cpp", "trace/formats/generic/b"),
                   ("src/routing/dynamo/a.cpp", "routing/parts/b")]
        breaches = [("src/trace/parse/a.cpp", "trace/formats/b"),
                    ("src/trace/formats/a.cpp", "trace/formats/generic/b"),
                    ("src/trace/formats/mooncake/a.cpp", "trace/formats/generic/b"),
                    ("src/routing/parts/a.cpp", "routing/dynamo/b"),
                    ("src/routing/dynamo/a.cpp", "routing/llm_d/b"),
                    ("src/output/sweep/a.cpp", "output/compare/b")]
        for pairs, count in [(allowed, 0), (breaches, 1)]:
            for path, target in pairs:
                with self.subTest(path=path, target=target):
                    self.assertEqual(len(found(path, f'#include "{target}.hpp"\n')), count)

    def test_a_sub_room_that_nobody_drew_is_a_breach(self):
        self.assertEqual(len(found("src/trace/odds_and_ends/a.cpp", "int x;\n")), 1)
        self.assertEqual(len(found("src/core/odds_and_ends/a.cpp", "int x;\n")), 1)

    def test_a_name_that_says_its_folder_again_is_a_breach(self):
        self.assertEqual(len(found("src/routing/dynamo/dynamo_kv.cpp", "int x;\n")), 1)
        self.assertEqual(found("src/trace/trace.cpp", "int x;\n"), [])

    def test_a_folder_of_more_than_forty_files_is_a_breach(self):
        files = [Path(f"src/core/{n}.cpp") for n in range(41)]
        self.assertEqual(len(list(house_rules.folder_breaches(files))), 1)
        self.assertEqual(list(house_rules.folder_breaches(files[1:])), [])

    def test_an_include_without_a_room_is_a_breach(self):
        self.assertEqual(len(found("src/core/a.cpp", '#include "time.hpp"\n')), 1)

    def test_long_lines_files_and_launchers_are_breaches(self):
        self.assertEqual(len(found("src/core/a.cpp", "x" * 101 + "\n")), 1)
        self.assertEqual(len(found("src/core/a.cpp", "int x;\n" * 401)), 1)
        self.assertEqual(len(found("kernels/a.cu", "int x;\n" * 61)), 1)
        self.assertEqual(found("kernels/a.cu", "int x;\n" * 60), [])

    def test_a_long_function_is_a_breach_wherever_it_stands(self):
        body = "  x += 1;  // { not a brace\n" * 75
        for head, tail in [("void f() {\n", "}\n"),
                           ("namespace a {\nvoid f(int x,\n       int y) {\n", "}\n}\n"),
                           ("struct A {\n  int f() const {\n", "  }\n};\n")]:
            with self.subTest(head=head):
                self.assertEqual(len(found("src/core/a.cpp", head + body + tail)), 1)
        short = "void f() {\n" + "  x += 1;\n" * 60 + "}\n"
        self.assertEqual(found("src/core/a.cpp", short * 3), [])

    def test_a_long_table_is_no_function(self):
        table = "const int kTable[] = {\n" + "    1,\n" * 90 + "};\n"
        self.assertEqual(found("src/core/a.cpp", table), [])

    def test_marks_of_unfinished_work_and_blanks_at_line_ends_are_breaches(self):
        self.assertEqual(len(found("scripts/a", "# TO" + "DO later\n")), 1)
        self.assertEqual(len(found("src/core/a.cpp", "int x; \n")), 1)
        self.assertEqual(len(found("src/core/a.cpp", "\tint x;\n")), 1)

    def test_a_prefetch_that_the_compiler_may_drop_is_a_breach(self):
        line = "  __builtin_" + "prefetch(at);\n"
        self.assertEqual(len(found("src/core/a.hpp", line)), 1)
        self.assertEqual(found("src/core/load_ahead.hpp", line), [])


if __name__ == "__main__":
    unittest.main()
