// What ServeGen client data says, in words.
#include "trace/statistics/words.hpp"
#include "trace/formats/servegen/requests.hpp"

namespace pigou {
namespace {

std::string number(double value, int decimals = 0) { return grouped_number(value, decimals); }

std::string count(std::size_t value) { return number(static_cast<double>(value)); }

std::string line_of(const char* name, const WeightedLengths& lengths) {
  return std::string(name) + " (tokens, by traffic): mean " + number(lengths.mean, 1) + ", p50 " +
         number(lengths.p50) + ", p99 " + number(lengths.p99) + ", max " + number(lengths.max);
}

std::string client_list(const std::vector<std::uint32_t>& clients) {
  std::string text;
  for (const std::uint32_t client : clients) {
    if (!text.empty()) text += ' ';
    text += std::to_string(client);
  }
  return text;
}

}  // namespace

std::vector<std::string> servegen_oddities(const ServeGenFacts& facts) {
  std::vector<std::string> words;
  words.emplace_back(
      "rates and histograms, not requests: a read draws them, and its seed is read.seed");
  if (!facts.missing_lengths.empty())
    words.push_back(count(facts.missing_lengths.size()) + " of " + count(facts.clients) +
                    " clients have no length file and are not drawn, " +
                    number(100 * facts.missing_share, 1) +
                    " % of the requests: " + client_list(facts.missing_lengths));
  if (facts.drawn_requests > kMostDrawnRequests)
    words.push_back("a read would draw over " + number(kMostDrawnRequests) +
                    " requests: set read.window_s, read.max_clients or read.rate_scale");
  if (facts.largest_share > 0.1)
    words.push_back("client " + std::to_string(facts.largest_client) + " sends " +
                    number(100 * facts.largest_share, 1) + " % of the requests");
  if (facts.zero_outputs > 0.5)
    words.push_back("requests without output, served as one token: about " +
                    number(facts.zero_outputs));
  if (facts.skipped_rows > 0)
    words.push_back("broken rows or files skipped: " +
                    number(static_cast<double>(facts.skipped_rows)));
  return words;
}

std::vector<std::string> describe_servegen(const ServeGenFacts& facts) {
  std::vector<std::string> lines;
  lines.emplace_back("format: servegen, open loop, drawn");
  lines.push_back("clients: " + count(facts.clients));
  lines.push_back("span: " + number(facts.span_s) + " s, " +
                  number(static_cast<double>(facts.windows)) + " windows of " +
                  number(facts.window_s) + " s, " + number(100 * facts.idle_share, 1) +
                  " % of them idle per client");
  lines.push_back("recorded requests: " + number(facts.requests) + ", mean " +
                  number(facts.mean_rate, 1) + " requests/s, busiest window " +
                  number(facts.peak_rate, 1) + " requests/s");
  lines.push_back(line_of("input", facts.input));
  lines.push_back(line_of("output", facts.output));
  lines.push_back("a read draws: " + number(facts.drawn_requests) + " requests of " +
                  count(facts.drawn_clients) + " clients in " + number(facts.drawn_span_s) + " s");
  for (const std::string& oddity : servegen_oddities(facts)) lines.push_back("note: " + oddity);
  return lines;
}

}  // namespace pigou
