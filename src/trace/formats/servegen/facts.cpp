// What ServeGen client data says by itself: nothing is drawn here.
#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "trace/formats/servegen/requests.hpp"

namespace pigou {
namespace {

/// Lengths of many histograms, each with the requests it stands for.
class LengthMixture {
 public:
  void add(const LengthHistogram& histogram, double requests) {
    double below = 0;
    for (std::size_t i = 0; i < histogram.tokens.size(); ++i) {
      const double share = (histogram.cumulative[i] - below) / histogram.total();
      entries_.emplace_back(histogram.tokens[i], share * requests);
      below = histogram.cumulative[i];
    }
  }

  /// Requests of length 0.
  double zeros() const {
    double sum = 0;
    for (const auto& [tokens, requests] : entries_) sum += tokens == 0 ? requests : 0;
    return sum;
  }

  WeightedLengths figures() {
    std::sort(entries_.begin(), entries_.end());
    double all = 0, tokens_sum = 0;
    for (const auto& [tokens, requests] : entries_) {
      all += requests;
      tokens_sum += requests * tokens;
    }
    if (all == 0) return {};
    return {tokens_sum / all, percentile(0.50 * all), percentile(0.99 * all),
            static_cast<double>(entries_.back().first)};
  }

 private:
  double percentile(double requests_below) const {
    double sum = 0;
    for (const auto& [tokens, requests] : entries_)
      if ((sum += requests) >= requests_below) return tokens;
    return entries_.back().first;
  }

  std::vector<std::pair<std::uint32_t, double>> entries_;
};

class FactsOfClients {
 public:
  void add(const ServeGenClient& client);
  ServeGenFacts finish(const ServeGenData& data);

 private:
  ServeGenFacts out_;
  LengthMixture inputs_, outputs_;
  std::map<double, double> rate_of_start_;
  std::map<double, std::uint64_t> count_of_length_;
  std::uint64_t windows_ = 0, idle_ = 0;
  double largest_ = 0;
  double missing_ = 0;
};

void FactsOfClients::add(const ServeGenClient& client) {
  std::map<const ServeGenClient::Lengths*, double> requests_of_part;
  double requests = 0;
  for (const auto& window : client.windows) {
    rate_of_start_[window.start_s] += window.rate;
    ++count_of_length_[window.length_s];
    ++windows_;
    if (window.rate == 0) {
      ++idle_;
      continue;
    }
    const double sent = window.rate * window.length_s;
    requests += sent;
    requests_of_part[client.lengths_at(window.start_s)] += sent;
  }
  out_.requests += requests;
  if (requests > largest_) {
    largest_ = requests;
    out_.largest_client = client.number;
  }
  if (!client.has_lengths()) {
    out_.missing_lengths.push_back(client.number);
    missing_ += requests;
    return;
  }
  // By start, not by address: sums must not depend on where memory lies.
  for (const auto& part : client.lengths) {
    const auto found = requests_of_part.find(&part);
    if (found == requests_of_part.end()) continue;
    inputs_.add(part.input, found->second);
    outputs_.add(part.output, found->second);
  }
}

ServeGenFacts FactsOfClients::finish(const ServeGenData& data) {
  out_.clients = data.clients.size();
  out_.windows = rate_of_start_.size();
  out_.span_s = data.end_s - data.begin_s;
  out_.mean_rate = out_.requests / out_.span_s;
  for (const auto& [start, rate] : rate_of_start_) out_.peak_rate = std::max(out_.peak_rate, rate);
  std::uint64_t most = 0;
  for (const auto& [length, count] : count_of_length_) {
    if (count <= most) continue;
    most = count;
    out_.window_s = length;
  }
  out_.idle_share = static_cast<double>(idle_) / static_cast<double>(windows_);
  if (out_.requests > 0) {
    out_.largest_share = largest_ / out_.requests;
    out_.missing_share = missing_ / out_.requests;
  }
  out_.zero_outputs = outputs_.zeros();
  out_.input = inputs_.figures();
  out_.output = outputs_.figures();
  out_.skipped_rows = data.skipped_rows;
  return out_;
}

}  // namespace

ServeGenFacts servegen_facts(const ServeGenData& data, const ReadOptions& options) {
  FactsOfClients facts;
  for (const ServeGenClient& client : data.clients) facts.add(client);
  ServeGenFacts out = facts.finish(data);
  if (out.missing_lengths.size() == out.clients) return out;  // nothing a read could draw
  const DrawPlan plan = plan_draws(data, options);
  out.drawn_clients = plan.parts.size();
  out.drawn_requests = plan.requests;
  out.drawn_span_s = plan.end_s - plan.begin_s;
  return out;
}

}  // namespace pigou
