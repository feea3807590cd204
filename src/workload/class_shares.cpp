#include "workload/class_shares.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/parse_number.hpp"
#include "core/random_stream.hpp"

namespace pigou {
namespace {

[[noreturn]] void reject(std::string_view text, const std::string& why) {
  throw UserError("workload.policy_class_shares cannot be '" + std::string(text) + "'", why,
                  "write NAME:SHARE,NAME:SHARE, such as batch:0.25");
}

}  // namespace

std::vector<ClassShare> parse_class_shares(std::string_view text) {
  std::vector<ClassShare> shares;
  double sum = 0;
  for (std::size_t at = 0; !text.empty() && at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string_view item = text.substr(at, comma - at);
    at = comma + 1;
    const std::size_t colon = item.rfind(':');
    if (colon == std::string_view::npos || colon == 0)
      reject(text, "'" + std::string(item) + "' is no NAME:SHARE");
    ClassShare share{std::string(item.substr(0, colon)), 0};
    if (!parse_number(item.substr(colon + 1), share.share) || !(share.share > 0))
      reject(text, "the share of " + share.name + " is no number above 0");
    if (std::ranges::find(shares, share.name, &ClassShare::name) != shares.end())
      reject(text, "it gives " + share.name + " twice");
    sum += share.share;
    if (sum > 1 + 1e-9) reject(text, "the shares add up to more than 1");
    shares.push_back(std::move(share));
  }
  return shares;
}

void draw_policy_classes(Trace& trace, const std::vector<std::uint32_t>& conversation,
                         const std::vector<ClassShare>& shares, std::uint64_t seed) {
  if (shares.empty()) return;
  if (trace.label("policy_class") != nullptr)
    throw UserError("workload.policy_class_shares is set for a trace with policy classes",
                    "its label policy_class says what requests ask for", "leave it out");
  const RandomStream draws(seed, "policy-class");
  LabelColumn& label = trace.add_label("policy_class");
  for (const ClassShare& share : shares) label.values.push_back(share.name);
  label.code.reserve(trace.rows());
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    double left = draws.uniform(conversation[row]);
    std::uint32_t code = 0;
    while (code < shares.size() && left >= shares[code].share) left -= shares[code++].share;
    label.code.push_back(code < shares.size() ? code : kNoIndex);
  }
}

}  // namespace pigou
