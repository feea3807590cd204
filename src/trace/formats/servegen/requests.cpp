// Drawing requests from ServeGen client data (Xiang et al., "ServeGen", arXiv 2505.09999).
#include "trace/formats/servegen/requests.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "io/archive.hpp"
#include "io/csv_reader.hpp"
#include "io/text_file.hpp"
#include "trace/format.hpp"
#include "trace/parse/open_loop.hpp"

namespace pigou {
namespace {

/// GapSampler's bounds.
constexpr double kLeastCv = 0.05;
constexpr double kMostCv = 50;

struct Draw {
  std::int64_t ps;  ///< from the start of the plan's window
  std::uint32_t client;
  std::uint32_t input;
  std::uint32_t output;
};

/// The cv gaps must have so that n + 1 of them, squeezed into a window of fixed length, show a
/// sample cv of `cv` on average. Exact for gamma gaps, whose shares of their sum are a Dirichlet
/// draw: E[sample cv^2] = (k - 1) / (k / cv_of_gaps^2 + 1) for k gaps.
double cv_of_gaps(double cv, double gaps) {
  const double square = cv * cv;
  const double room = gaps - 1 - square;
  const double wide = room > 0 ? std::sqrt(gaps * square / room) : kMostCv;
  return std::clamp(wide, kLeastCv, kMostCv);
}

/// Draws one client. Each kind of draw has a stream of its own, named by the client.
class ClientDraws {
 public:
  ClientDraws(const ServeGenClient& client, const ReadOptions& options)
      : client_(client),
        scale_(options.draw.rate_scale),
        counts_(options.draw.seed, name("count")),
        gaps_(options.draw.seed, name("gap")),
        inputs_(options.draw.seed, name("input")),
        outputs_(options.draw.seed, name("output")) {}

  /// Appends the requests of window `index` that lie in the part to read.
  void draw_window(std::size_t index, const DrawPlan& plan, std::vector<Draw>& draws);

 private:
  std::string name(const char* kind) const {
    return std::string("servegen.") + kind + "." + std::to_string(client_.number);
  }
  std::uint32_t count(std::size_t index) const;
  void place(std::size_t index, std::uint32_t requests);

  const ServeGenClient& client_;
  double scale_;
  RandomStream counts_, gaps_, inputs_, outputs_;
  std::vector<double> share_;  ///< per request, how far into its window it comes
};

std::uint32_t ClientDraws::count(std::size_t index) const {
  const auto& window = client_.windows[index];
  const double expected = window.rate * window.length_s * scale_;
  if (expected > kMostDrawnRequests)
    throw UserError("client " + std::to_string(client_.number) + " sends too much in one window",
                    std::to_string(expected) + " requests are more than a read may draw",
                    "check its rates, or lower read.rate_scale");
  const double whole = std::nearbyint(expected);
  // A recorded rate is a count over the window's length, so it is a whole number but for rounding.
  if (std::abs(expected - whole) < 1e-6 * std::max(1.0, expected))
    return static_cast<std::uint32_t>(whole);
  return static_cast<std::uint32_t>(std::floor(expected + counts_.uniform(index)));
}

void ClientDraws::place(std::size_t index, std::uint32_t requests) {
  const auto& window = client_.windows[index];
  const std::uint64_t first = std::uint64_t{index} << 32;
  const GapSampler sampler(window.family, cv_of_gaps(window.cv, requests + 1.0));
  share_.clear();
  double sum = 0;
  for (std::uint32_t i = 0; i < requests; ++i)
    share_.push_back(sum += sampler.draw(gaps_, first + i));
  sum += sampler.draw(gaps_, first + requests);
  for (double& share : share_) share /= sum;
  if (sum > 0) return;
  // Gaps so uneven that all of them vanished: no pattern is left to keep.
  for (std::uint32_t i = 0; i < requests; ++i) share_[i] = (i + 0.5) / requests;
}

/// a - b of times in seconds, each rounded to the picosecond first, so that the same request has
/// the same time whatever part is read.
SimTime exact_difference(double a_s, double b_s) {
  TimeStamp a, b;
  SimTime difference;
  a.add_seconds(a_s);
  b.add_seconds(b_s);
  if (!stamp_difference(a, b, difference))
    throw UserError("the ServeGen data spans more than 53 days",
                    "simulated time is a 64-bit count of picoseconds",
                    "read part of it with read.window_s");
  return difference;
}

void ClientDraws::draw_window(std::size_t index, const DrawPlan& plan, std::vector<Draw>& draws) {
  const auto& window = client_.windows[index];
  const double start_s = window.start_s - plan.origin_s;
  if (window.rate == 0 || start_s >= plan.end_s || start_s + window.length_s <= plan.begin_s)
    return;
  const ServeGenClient::Lengths* const lengths = client_.lengths_at(window.start_s);
  const std::uint32_t requests = count(index);
  const SimTime begin = exact_difference(start_s, plan.begin_s);
  const SimTime end = exact_difference(plan.end_s, plan.begin_s);
  const SimTime length = from_seconds(window.length_s, "a window's length");
  place(index, requests);
  const std::uint64_t first = std::uint64_t{index} << 32;
  for (std::uint32_t i = 0; i < requests; ++i) {
    const double into = share_[i] * static_cast<double>(length.ps);
    const std::int64_t ps = begin.ps + std::min<std::int64_t>(std::llround(into), length.ps - 1);
    if (ps < 0 || ps >= end.ps) continue;
    draws.push_back({ps, client_.number, lengths->input.at(inputs_.uniform(first + i)),
                     lengths->output.at(outputs_.uniform(first + i))});
  }
}

double expected_requests(const ServeGenClient& client, double origin_s, double begin_s,
                         double end_s) {
  double sum = 0;
  for (const auto& window : client.windows) {
    const double start_s = window.start_s - origin_s;
    const double from = std::max(start_s, begin_s);
    const double to = std::min(start_s + window.length_s, end_s);
    if (to > from) sum += window.rate * (to - from);
  }
  return sum;
}

std::vector<std::uint32_t> asked_for(const ServeGenData& data, const std::string& list) {
  std::vector<std::uint32_t> numbers;
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::uint64_t number = 0;
    parse_whole(rest.substr(0, comma), number);
    const auto is_it = [number](const ServeGenClient& c) { return c.number == number; };
    if (std::none_of(data.clients.begin(), data.clients.end(), is_it))
      throw UserError("read.clients names client " + std::to_string(number),
                      "the data has no such client", "see pigou trace info for those it has");
    numbers.push_back(static_cast<std::uint32_t>(number));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return numbers;
}

void keep_busiest(DrawPlan& plan, std::uint32_t most) {
  if (most == 0 || plan.parts.size() <= most) return;
  const auto number = [](const DrawPlan::Part& part) { return part.client->number; };
  std::sort(plan.parts.begin(), plan.parts.end(), [&](const auto& a, const auto& b) {
    return a.requests != b.requests ? a.requests > b.requests : number(a) < number(b);
  });
  plan.parts.resize(most);
  std::sort(plan.parts.begin(), plan.parts.end(),
            [&](const auto& a, const auto& b) { return number(a) < number(b); });
}

void fill_columns(Trace& trace, std::vector<Draw>& draws) {
  const auto before = [](const Draw& a, const Draw& b) {
    return a.ps != b.ps ? a.ps < b.ps : a.client < b.client;
  };
  if (!std::is_sorted(draws.begin(), draws.end(), before))
    std::stable_sort(draws.begin(), draws.end(), before);
  LabelColumn& tenant = trace.add_label("tenant");
  const std::size_t rows = trace.rows() + draws.size();
  trace.arrival.reserve(rows);
  std::vector<std::uint32_t> code_of_client;
  for (const Draw& draw : draws) {
    if (draw.client >= code_of_client.size()) code_of_client.resize(draw.client + 1, kNoIndex);
    std::uint32_t& code = code_of_client[draw.client];
    if (code == kNoIndex) {
      code = static_cast<std::uint32_t>(tenant.values.size());
      tenant.values.push_back(std::to_string(draw.client));
    }
    trace.arrival.push_back({draw.ps});
    trace.input_tokens.push_back(draw.input);
    trace.output_tokens.push_back(draw.output);
    tenant.code.push_back(code);
  }
}

Trace read_servegen(const std::string& path, const ReadOptions& options) {
  const ServeGenData data = read_servegen_data(path, options);
  const DrawPlan plan = plan_draws(data, options);
  if (plan.requests > kMostDrawnRequests)
    throw UserError(
        "'" + path + "' would draw " + std::to_string(std::llround(plan.requests)) + " requests",
        "at most " + std::to_string(std::llround(kMostDrawnRequests)) + " are drawn",
        "set read.window_s, read.max_clients or read.rate_scale");
  Trace trace = draw_requests(plan, options);
  if (plan.without_lengths > 0)
    trace.pass_over("clients without a length file", plan.without_lengths);
  trace.skipped_rows = data.skipped_rows;
  if (trace.rows() == 0)
    throw UserError("'" + path + "' has no request in the window", "its clients are idle there",
                    "widen read.window_s or raise read.rate_scale");
  return trace;
}

}  // namespace

DrawPlan plan_draws(const ServeGenData& data, const ReadOptions& options) {
  DrawPlan plan;
  const double span_s = data.end_s - data.begin_s;
  plan.origin_s = data.begin_s;
  plan.begin_s = options.begin_s.value_or(0);
  plan.end_s = std::min(span_s, options.end_s.value_or(span_s));
  if (plan.begin_s >= plan.end_s)
    throw UserError(
        "the window of the ServeGen data is empty",
        "the data spans " + std::to_string(std::llround(span_s)) + " s from its first window",
        "choose another read.window_s");
  const std::vector<std::uint32_t> asked = asked_for(data, options.draw.clients);
  for (const ServeGenClient& client : data.clients) {
    if (!asked.empty() && std::find(asked.begin(), asked.end(), client.number) == asked.end())
      continue;
    if (!client.has_lengths()) {
      ++plan.without_lengths;
      continue;
    }
    const double requests = expected_requests(client, plan.origin_s, plan.begin_s, plan.end_s) *
                            options.draw.rate_scale;
    plan.parts.push_back({&client, requests});
  }
  if (plan.parts.empty())
    throw UserError("no client of the ServeGen data can be drawn", "none chosen has a length file",
                    "choose others with read.clients");
  keep_busiest(plan, options.draw.max_clients);
  for (const auto& part : plan.parts) plan.requests += part.requests;
  return plan;
}

Trace draw_requests(const DrawPlan& plan, const ReadOptions& options) {
  Trace trace;
  trace.format = "servegen";
  std::vector<Draw> draws;
  draws.reserve(static_cast<std::size_t>(plan.requests * 1.01) + 1000);
  for (const auto& part : plan.parts) {
    ClientDraws client(*part.client, options);
    for (std::size_t index = 0; index < part.client->windows.size(); ++index)
      client.draw_window(index, plan, draws);
  }
  fill_columns(trace, draws);
  return trace;
}

TraceFormat servegen_format() {
  return {.name = "servegen",
          .sentence = "ServeGen client folder or archive: requests drawn from rates and histograms",
          .fits =
              [](const FileSample& file) {
                return file.folder ? is_servegen_folder(file.path) : is_tar(file.text);
              },
          .read = read_servegen};
}

}  // namespace pigou
