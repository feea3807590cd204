#include "output/explain/words.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "output/text/numbers.hpp"
#include "output/text/table.hpp"
#include "view/decision.hpp"

namespace pigou {
namespace {

constexpr std::size_t kMostShown = 32;  ///< candidates listed; of more, the best

std::string tokens(std::uint64_t count) { return grouped(count) + " tokens"; }

/// One answer of the router, told line by line.
class AnswerText {
 public:
  AnswerText(const Explanation& e, std::size_t row)
      : e_(e), c_(e.decisions), row_(row), order_(candidates_by_cost()) {}

  std::string text() const {
    std::string text = paragraph("", headline(), 0);
    const std::string& rule = c_.rules[c_.rule[row_]];
    if (!rule.empty()) text += paragraph("  rule", rule, kIndent);
    const std::string changed = changes();
    if (!changed.empty()) text += paragraph("  changed", changed, kIndent);
    if (!order_.empty())
      text += paragraph("  considered", considered(), kIndent) + table() + declared_table();
    if (chosen() >= 0) text += paragraph("  why", why(), kIndent) + belief();
    return text;
  }

 private:
  static constexpr std::size_t kIndent = 14;

  ActionKind action() const { return static_cast<ActionKind>(c_.action[row_]); }
  const std::string& name(std::int32_t instance) const {
    return e_.instances[static_cast<std::size_t>(instance)];
  }
  bool entry(std::size_t n) const {
    return c_.candidate[n] < static_cast<std::int32_t>(e_.entry_count);
  }
  /// The instance this answer is explained by: its entry side, or the decode side alone.
  std::int32_t chosen() const {
    return c_.instance[row_] >= 0 ? c_.instance[row_] : c_.decode_instance[row_];
  }

  std::vector<std::size_t> candidates_by_cost() const {
    std::vector<std::size_t> order(c_.candidate_begin[row_ + 1] - c_.candidate_begin[row_]);
    std::iota(order.begin(), order.end(), c_.candidate_begin[row_]);
    const auto key = [&](std::size_t n) { return std::isnan(c_.cost[n]) ? INFINITY : c_.cost[n]; };
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
      if (entry(a) != entry(b)) return entry(a);
      return key(a) < key(b);
    });
    return order;
  }

  std::string headline() const {
    static constexpr const char* kAsked[] = {"On arrival",    "Prefill done",     "Room freed",
                                             "At a timer",    "At a first token", "At a finish",
                                             "Fleet changed", "A peer placed it"};
    const std::uint8_t hook = c_.hook[row_];
    std::string text = hook < std::size(kAsked) ? kAsked[hook] : "Asked";
    text += ", at " + fixed(c_.time_s[row_], 6) + " s";
    if (c_.replica[row_] > 0) text += ", router replica " + std::to_string(c_.replica[row_]);
    if (c_.attempt[row_] > 0)
      text +=
          ", attempt " + std::to_string(c_.attempt[row_] + 1) + " (its instance was lost before)";
    text += ": ";
    switch (action()) {
      case ActionKind::kPlace:
        return text + "placed on " + name(c_.instance[row_]) + ".";
      case ActionKind::kPlacePair:
        return text + "prefill on " + name(c_.instance[row_]) + ", decode on " +
               name(c_.decode_instance[row_]) + ".";
      case ActionKind::kPlaceDecode:
        return text + "decode on " + name(c_.decode_instance[row_]) + ".";
      case ActionKind::kPrefillLocally:
        return text + "prefill and decode on " + name(c_.decode_instance[row_]) + ".";
      case ActionKind::kQueue:
        return text + "kept in the router's own queue.";
      case ActionKind::kReject:
        return text + "rejected.";
      default:
        return text + action_name(action()) + ".";
    }
  }

  /// The router's parameters that had changed by then: the last value of each.
  std::string changes() const {
    std::map<std::string, const ParameterChangeRow*> last;
    for (const ParameterChangeRow& change : e_.changes)
      if (change.time_s <= c_.time_s[row_]) last[change.parameter] = &change;
    std::string text;
    for (const auto& [parameter, change] : last)
      text += fmt::format("{}{}={:g} since {:g} s by the {}", text.empty() ? "" : ", ", parameter,
                          change->value, change->time_s,
                          change->by_controller ? "controller" : "scenario");
    return text;
  }

  bool costed() const {
    return std::ranges::any_of(order_, [&](std::size_t n) { return !std::isnan(c_.cost[n]); });
  }

  std::string considered() const {
    std::string text = order_.size() == 1 ? "1 instance" : grouped(order_.size()) + " instances";
    if (order_.size() > kMostShown) text += ", the best " + std::to_string(kMostShown) + " shown";
    return text + (costed() ? ", the lowest cost first" : "; the policy compares no costs");
  }

  bool mine(std::size_t n) const {
    return c_.candidate[n] == c_.instance[row_] || c_.candidate[n] == c_.decode_instance[row_];
  }
  /// The first column of both tables: whose row it is, and whether it was chosen.
  std::string row_name(std::size_t n) const {
    return (mine(n) ? "  > " : "    ") + name(c_.candidate[n]);
  }
  /// Calls row(n) for every candidate that is listed.
  template <class Row>
  void for_listed(Row row) const {
    std::size_t shown = 0;
    for (const std::size_t n : order_)
      if (shown++ < kMostShown || mine(n)) row(n);
  }

  std::string table() const {
    const bool scraped =
        std::ranges::any_of(order_, [&](std::size_t n) { return c_.seen_running[n] >= 0; });
    std::vector<TableColumn> columns = {{"    instance", "", TableColumn::Side::kLeft}};
    for (const char* title : {"cost", "believed", "cached", "prefill", "blocks", "requests"})
      columns.push_back({title});
    if (scraped)
      for (const char* title : {"running", "waiting", "KV use"}) columns.push_back({title});
    TextTable table(columns);
    for_listed([&](std::size_t n) {
      std::vector<std::string> cells = {row_name(n),
                                        cost_text(c_.cost[n]),
                                        believed(n),
                                        grouped(c_.cached_tokens[n]),
                                        count(c_.prefill_tokens[n]),
                                        count(c_.active_blocks[n]),
                                        count(c_.active_requests[n])};
      if (scraped) {
        cells.push_back(std::to_string(c_.seen_running[n]));
        cells.push_back(std::to_string(c_.seen_waiting[n]));
        cells.push_back(percent(c_.seen_kv_usage[n]));
      }
      table.row(cells);
    });
    return table.text();
  }

  /// What the cost was made of: the columns declared that were noted of these candidates.
  std::string declared_table() const {
    std::vector<const DeclaredColumn*> said;
    for (const DeclaredColumn& column : c_.declared)
      if (std::ranges::any_of(order_, [&](std::size_t n) { return !std::isnan(column.values[n]); }))
        said.push_back(&column);
    if (said.empty()) return "";
    std::vector<TableColumn> columns = {{"    instance", "", TableColumn::Side::kLeft}};
    for (const DeclaredColumn* column : said) columns.push_back({column->name});
    TextTable table(columns);
    for_listed([&](std::size_t n) {
      std::vector<std::string> cells = {row_name(n)};
      for (const DeclaredColumn* column : said) {
        const double value = column->values[n];
        cells.push_back(std::isnan(value) ? "-" : cost_text(value));
      }
      table.row(cells);
    });
    return paragraph("  read", "what the cost was made of", kIndent) + table.text();
  }

  /// Counts are shown whole: within a millionth of one there is only the second key of a rule
  /// (noted_value).
  static std::string cost_text(double cost) {
    const double whole = std::round(cost);
    const bool counts = std::abs(cost - whole) < 1e-6 && std::abs(whole) < 1e15;
    return counts ? count(static_cast<std::int64_t>(whole)) : significant(cost, 6);
  }

  /// The same for a difference of costs, to fewer digits.
  static std::string gap_text(double gap) {
    return std::abs(gap - std::round(gap)) < 1e-6 ? cost_text(gap) : significant(gap, 4);
  }

  std::string believed(std::size_t n) const {
    return c_.believed_tokens[n] < 0 ? "-" : count(c_.believed_tokens[n]);
  }

  static std::string count(std::int64_t value) {
    return value < 0 ? "-" + grouped(static_cast<std::uint64_t>(-value))
                     : grouped(static_cast<std::uint64_t>(value));
  }

  /// Candidates on the side of the instance explained.
  std::vector<std::size_t> rivals() const {
    std::vector<std::size_t> same;
    const bool side = chosen() < static_cast<std::int32_t>(e_.entry_count);
    for (const std::size_t n : order_)
      if (entry(n) == side && !std::isnan(c_.cost[n])) same.push_back(n);
    return same;
  }

  std::string why() const {
    const auto ranked = rivals();
    const std::string& who = name(chosen());
    const auto own =
        std::ranges::find_if(ranked, [&](std::size_t n) { return c_.candidate[n] == chosen(); });
    if (own == ranked.end())
      return costed() ? who + " was taken without a cost: the rule above says why"
                      : "the policy named no costs: " + who + " follows from its rule";
    if (ranked.size() == 1) return who + " was the only one considered";
    const double cost = c_.cost[*own], least = c_.cost[ranked.front()];
    if (cost > least)
      return who + "'s cost " + cost_text(cost) + " was not the lowest, which was " +
             cost_text(least) + " of " + name(c_.candidate[ranked.front()]) +
             ": the rule above decided otherwise";
    // Costs that read alike count as equal: a second key of a rule is a fraction nobody can see.
    const auto next = std::ranges::find_if(
        ranked, [&](std::size_t n) { return cost_text(c_.cost[n]) != cost_text(least); });
    std::string text = who + " had the lowest cost, " + cost_text(cost);
    if (next != ranked.end())
      text += ", " + gap_text(c_.cost[*next] - cost) + " below " + name(c_.candidate[*next]);
    const auto equal = static_cast<std::size_t>(next - ranked.begin());
    if (equal == 1) return text + "; no tie";
    text += equal == ranked.size() ? ", as had all " + grouped(equal)
                                   : "; " + grouped(equal) + " shared it";
    return text + (c_.ties[row_] > 1 ? ", and the rule above or a draw chose among them"
                                     : ", and the rule above decided among them");
  }

  /// What was believed cached on the chosen instance, what was, and what its engine found.
  std::string belief() const {
    if (c_.instance[row_] < 0) return "";
    for (const std::size_t n : order_) {
      if (c_.candidate[n] != c_.instance[row_]) continue;
      const std::string of = " of " + grouped(c_.input_tokens[row_]);
      const std::string really = grouped(c_.cached_tokens[n]);
      std::string text = c_.believed_tokens[n] < 0
                             ? "none: the router does not know what is cached there; " + really +
                                   " tokens" + of + " really were"
                             : tokens(static_cast<std::uint64_t>(c_.believed_tokens[n])) + of +
                                   " believed cached there, " + really + " really were";
      const std::int64_t hit = c_.hit_tokens[row_];
      text += hit < 0 ? "; it was not admitted from this answer"
                      : "; when admitted, " + tokens(static_cast<std::uint64_t>(hit)) + " were hit";
      return paragraph("  belief", text, kIndent);
    }
    return "";
  }

  const Explanation& e_;
  const DecisionColumns& c_;
  std::size_t row_;
  std::vector<std::size_t> order_;
};

std::string outcome_text(const Explanation& e) {
  if (!e.kept) return "its row is not in /result/requests (output.requests)";
  if (e.row.outcome == 2) return "rejected";
  if (e.row.outcome == 3) return "given up by its client";
  if (e.row.outcome == 4) return "failed: its instance was lost, and no retry was left or allowed";
  if (e.row.outcome != 1) return "still in flight at the end";
  std::string text = "first token after " + significant(e.row.ttft_s, 4) + " s (" +
                     significant(e.row.queue_s, 3) + " s until its first step), all of its " +
                     tokens(e.row.output_tokens) + " after " + significant(e.row.e2e_s, 4) + " s";
  if (e.row.preemptions > 0) text += ", preempted " + grouped(e.row.preemptions) + " times";
  return text;
}

/// "prefix_score: share of the prompt ...; weight 3".
std::string declared_text(const DecisionColumns& c) {
  std::string text;
  for (const DeclaredColumn& column : c.declared) {
    text += (text.empty() ? "" : "; ") + column.name + ": " + column.sentence;
    if (column.unit != "1") text += ", " + column.unit;
    const bool entry = !std::isnan(column.entry_weight), decode = !std::isnan(column.decode_weight);
    if (entry) text += ", weight " + significant(column.entry_weight, 6);
    if (decode) text += ", decode weight " + significant(column.decode_weight, 6);
  }
  return text;
}

}  // namespace

std::string explanation_text(const Explanation& e) {
  std::string text = paragraph("",
                               "request " + grouped(e.request) + " of " + e.scenario_name + " (" +
                                   e.scenario_hash + "), router " + e.router,
                               0);
  std::string arrival = "prompt of " + tokens(e.decisions.input_tokens.front());
  if (e.kept) arrival += ", sent at " + fixed(e.row.arrival_s, 6) + " s";
  text += paragraph("", arrival, 0);
  for (std::size_t row = 0; row < e.decisions.rows(); ++row)
    text += "\n" + AnswerText(e, row).text();
  text += "\n" + paragraph("outcome", outcome_text(e), 14);
  text += paragraph(
      "cost", (e.cost.empty() ? "the policy's own measure" : e.cost) + "; lower is better", 14);
  text += paragraph("columns",
                    "believed, cached: tokens of the prompt in the instance's KV cache, as the "
                    "router believed (-: it has no belief of it) and as it was; prefill: uncached "
                    "prompt tokens placed there and not yet prefilled; blocks, requests: active "
                    "ones, by the router's books",
                    14);
  if (!e.decisions.declared.empty()) text += paragraph("read", declared_text(e.decisions), 14);
  return text;
}

}  // namespace pigou
