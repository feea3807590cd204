#include "simulation/record/decision_log.hpp"

#include <algorithm>

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

bool DecisionLog::wants(std::uint32_t request) const {
  return (mode_ == DecisionOutput::Mode::kSample ? mix64(request) : request) < limit_;
}

std::uint32_t DecisionLog::rule(std::string_view name) {
  auto& rules = columns_.rules;
  const auto known = std::ranges::find(rules, name);
  const auto index = static_cast<std::uint32_t>(known - rules.begin());
  if (known == rules.end()) rules.emplace_back(name);
  return index;
}

void DecisionLog::end_row(std::uint32_t request, std::uint32_t entry) {
  columns_.hit_tokens.push_back(-1);
  columns_.candidate_begin.push_back(columns_.candidate.size());
  if (entry != kNoIndex) placed_[request] = columns_.rows() - 1;
}

void DecisionLog::admitted(std::uint32_t request, std::uint64_t hit) {
  const auto row = placed_.find(request);
  if (row == placed_.end()) return;
  columns_.hit_tokens[row->second] = static_cast<std::int64_t>(hit);
  placed_.erase(row);
}

}  // namespace pigou
