// Requests drawn from ServeGen client data, and what the data says before anything is drawn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/formats/servegen/data.hpp"
#include "trace/trace.hpp"

namespace pigou {

/// Reads of more requests than this are refused, with their number.
inline constexpr double kMostDrawnRequests = 25e6;

/// What a read would draw: the clients chosen, and how many requests each sends in the window.
struct DrawPlan {
  struct Part {
    const ServeGenClient* client;
    double requests;  ///< expected in the window, after rate_scale
  };
  double origin_s = 0;  ///< start of the first window, on the clock of the data
  double begin_s = 0;   ///< of the part to read, from the origin
  double end_s = 0;
  std::vector<Part> parts;            ///< clients with lengths, by number
  double requests = 0;                ///< of all parts
  std::uint32_t without_lengths = 0;  ///< clients chosen that have no length file
};

/// Throws UserError when a client that was asked for is not there, or no client is left.
DrawPlan plan_draws(const ServeGenData& data, const ReadOptions& options);

/// Draws the requests of a plan. Every window of a client holds as many requests as were recorded
/// there times rate_scale (the fraction is settled by a draw), at gaps of its family whose sample
/// cv is on average the recorded one. Lengths are drawn independently from the client's
/// histograms. Draws are named by client and numbered by (window, request): the same request is
/// the same whatever window or other clients are read. Label "tenant" is the client's number.
Trace draw_requests(const DrawPlan& plan, const ReadOptions& options);

/// Figures of a length distribution weighted by traffic. Percentiles are the least length with at
/// least that share of the requests at or below it.
struct WeightedLengths {
  double mean = 0;
  double p50 = 0;
  double p99 = 0;
  double max = 0;
};

struct ServeGenFacts {
  std::size_t clients = 0;
  std::uint64_t windows = 0;  ///< distinct starts over all clients
  double window_s = 0;        ///< most common length
  double span_s = 0;
  double requests = 0;       ///< sum of rate x length
  double mean_rate = 0;      ///< requests per second
  double peak_rate = 0;      ///< of the busiest window, all clients together
  double largest_share = 0;  ///< of the busiest client
  std::uint32_t largest_client = 0;
  double idle_share = 0;  ///< of (client, window) pairs with rate 0
  WeightedLengths input;
  WeightedLengths output;
  std::vector<std::uint32_t> missing_lengths;  ///< clients without, by number
  double missing_share = 0;                    ///< of the requests
  double zero_outputs = 0;                     ///< expected requests whose drawn output is 0
  std::uint64_t skipped_rows = 0;
  // What a read with these options draws.
  std::size_t drawn_clients = 0;
  double drawn_requests = 0;
  double drawn_span_s = 0;
};

ServeGenFacts servegen_facts(const ServeGenData& data, const ReadOptions& options);

/// The facts as lines of text, with units, and what a replay should watch.
std::vector<std::string> describe_servegen(const ServeGenFacts& facts);
std::vector<std::string> servegen_oddities(const ServeGenFacts& facts);

}  // namespace pigou
