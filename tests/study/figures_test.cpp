// The one list of figures.
#include "study/figures.hpp"

#include <gtest/gtest.h>

#include <set>

#include "study/slo_terms.hpp"

namespace pigou {
namespace {

TEST(Figures, HasEachAUnitASentenceAndExactlyOneGetter) {
  const auto check = [](const auto& figure) {
    EXPECT_FALSE(figure.unit.empty()) << figure.key;
    EXPECT_TRUE(figure.definition.ends_with('.')) << figure.key;
    EXPECT_NE(figure.real == nullptr, figure.count == nullptr) << figure.key;
  };
  for (const Figure& figure : figures()) check(figure);
  for (const PoolFigure& figure : pool_figures()) check(figure);
}

TEST(Figures, DoesEveryKeyAndAliasNameOne) {
  std::set<std::string_view> names;
  for (const Figure& figure : figures()) {
    EXPECT_TRUE(names.insert(figure.key).second) << figure.key;
    EXPECT_EQ(find_figure(figure.key), &figure);
    if (figure.alias.empty()) continue;
    EXPECT_TRUE(names.insert(figure.alias).second) << figure.alias;
    EXPECT_EQ(find_figure(figure.alias), &figure);
  }
  EXPECT_EQ(find_figure("ttft_s.p91"), nullptr);
  EXPECT_EQ(find_figure(""), nullptr);
}

TEST(Figures, IsTheUnitOfATimeLastInItsGroup) {
  for (const Figure& figure : figures())
    EXPECT_TRUE(figure.unit != "s" || figure.key.find("_s") != std::string::npos) << figure.key;
}

TEST(Figures, DoTitlesSayAUnitOfTheirOwn) {
  for (const Figure& figure : figures()) {
    if (figure.shown.title.empty()) continue;
    EXPECT_GT(figure.shown.scale, 0) << figure.key;
    EXPECT_TRUE(!figure.shown.unit.empty() || figure.shown.title == "requests/s" ||
                figure.shown.title == "retries")
        << figure.key;
  }
  EXPECT_EQ(figure_called("tpot_s.p50").heading(), "TPOT p50 ms");
}

TEST(Figures, DoesAnObjectiveKnowTheFigureByKeyAndByAlias) {
  const SloTerm by_key = parse_slo_term("tpot_s.p50<=50ms");
  const SloTerm by_alias = parse_slo_term("tpot_p50<=50ms");
  EXPECT_EQ(by_key.key, "tpot_s.p50");
  EXPECT_EQ(by_alias.key, by_key.key);
  EXPECT_EQ(by_alias.kind, by_key.kind);
  EXPECT_EQ(by_alias.quantile, by_key.quantile);
  EXPECT_EQ(parse_slo_term("attainment>=90%").key, "goodput.attained_fraction");
  EXPECT_EQ(parse_slo_term("goodput.attained_fraction>=0.9").at_least(), true);
}

}  // namespace
}  // namespace pigou
