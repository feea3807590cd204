#include "simulation/record/decision_log.hpp"

#include <algorithm>
#include <limits>

#include "core/random_stream.hpp"
#include "simulation/record/recorder.hpp"

namespace pigou {

DecisionLog::DecisionLog(const DecisionOutput& output, std::uint32_t sample, std::uint64_t requests)
    : mode_(output.mode) {
  columns_.asked_for = mode_ != DecisionOutput::Mode::kNone;
  if (mode_ == DecisionOutput::Mode::kAll) limit_ = UINT64_MAX;
  if (mode_ == DecisionOutput::Mode::kFirst) limit_ = output.first;
  if (mode_ == DecisionOutput::Mode::kSample) limit_ = sample_limit(sample, requests);
}

bool DecisionLog::wants(RequestId request) const {
  return (mode_ == DecisionOutput::Mode::kSample ? mix64(request) : request.value) < limit_;
}

std::uint32_t DecisionLog::rule(std::string_view name) {
  auto& rules = columns_.rules;
  const auto known = std::ranges::find(rules, name);
  const auto index = static_cast<std::uint32_t>(known - rules.begin());
  if (known == rules.end()) rules.emplace_back(name);
  return index;
}

void DecisionLog::add_declared(const std::vector<NotedColumn>& noted, bool entry) {
  constexpr double kUnsaid = std::numeric_limits<double>::quiet_NaN();
  auto& all = columns_.declared;
  for (const NotedColumn& column : noted) {
    auto known = std::ranges::find(all, column.read->name, &DeclaredColumn::name);
    if (known == all.end()) {
      all.push_back({column.read->name, column.read->unit, column.read->sentence});
      known = all.end() - 1;
    }
    (entry ? known->entry_weight : known->decode_weight) = column.weight;
    known->values.resize(columns_.candidate.size() - 1, kUnsaid);
    known->values.push_back(column.value);
  }
}

void DecisionLog::end_row(RequestId request, std::uint32_t entry) {
  for (DeclaredColumn& column : columns_.declared)
    column.values.resize(columns_.candidate.size(), std::numeric_limits<double>::quiet_NaN());
  columns_.hit_tokens.push_back(-1);
  columns_.candidate_begin.push_back(columns_.candidate.size());
  if (entry != kNoIndex) placed_[request] = columns_.rows() - 1;
}

void DecisionLog::admitted(RequestId request, std::uint64_t hit) {
  const auto row = placed_.find(request);
  if (row == placed_.end()) return;
  columns_.hit_tokens[row->second] = static_cast<std::int64_t>(hit);
  placed_.erase(row);
}

}  // namespace pigou
