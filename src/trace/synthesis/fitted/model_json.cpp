// A fitted model as JSON text, and back.
#include <cmath>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "trace/parse/open_loop.hpp"
#include "trace/synthesis/fitted/model.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFiletype = "pigou trace model";
constexpr double kMostSeconds = 4.6e6;  // 53 days

Json table_json(const QuantileTable& table) {
  return {{"share", table.shares()}, {"value", table.values()}};
}

Json odds_json(const char* factor, const TwoWayOdds& odds) {
  return {{factor, odds.row}, {"input", odds.column}};
}

/// Objects over lines, lists on one.
void write_json(const Json& value, int depth, std::string& text) {
  if (!value.is_object()) {
    text += value.dump();
    return;
  }
  const std::string indent(static_cast<std::size_t>(2 * depth + 2), ' ');
  text.append(1, '{');
  bool first = true;
  for (const auto& [key, member] : value.items()) {
    text.append(first ? "\n" : ",\n").append(indent);
    text.append(1, '"').append(key).append("\": ");
    write_json(member, depth + 1, text);
    first = false;
  }
  text.append(1, '\n').append(indent, 2).append(1, '}');
}

/// Members of one object, each checked as it is taken.
class Section {
 public:
  Section(const Json& json, std::string file, std::string path)
      : json_(json), file_(std::move(file)), path_(std::move(path)) {
    if (!json.is_object()) reject("", "an object is expected");
  }

  Section section(const char* key) const { return {member(key), file_, path_ + key + "."}; }

  double number(const char* key, double least, double most) const {
    return number(member(key), key, least, most);
  }
  std::uint64_t count(const char* key, double most) const {
    const double value = number(key, 0, most);
    if (value != std::floor(value)) reject(key, "a whole number is expected");
    return static_cast<std::uint64_t>(value);
  }
  bool flag(const char* key) const {
    if (!member(key).is_boolean()) reject(key, "true or false is expected");
    return member(key).get<bool>();
  }
  std::string text(const char* key) const {
    if (!member(key).is_string()) reject(key, "a text is expected");
    return member(key).get<std::string>();
  }
  std::vector<double> numbers(const char* key, double least, double most) const {
    std::vector<double> values;
    for (const Json& value : list(key)) values.push_back(number(value, key, least, most));
    return values;
  }
  std::vector<double> numbers(const char* key, double least, double most, std::size_t size) const {
    auto values = numbers(key, least, most);
    if (values.size() != size) reject(key, std::to_string(size) + " numbers are expected");
    return values;
  }
  const Json& list(const char* key) const {
    if (!member(key).is_array()) reject(key, "a list is expected");
    return member(key);
  }
  QuantileTable table(const char* key, double most, bool needed = false) const {
    const Section inside = section(key);
    QuantileTable table(inside.numbers("share", 0, 1), inside.numbers("value", 0, most),
                        file_ + ": " + path_ + key);
    if (needed && table.empty()) reject(key, "a table that is not empty is expected");
    return table;
  }
  TwoWayOdds odds(const char* key, const char* factor, std::size_t rows) const {
    const Section inside = section(key);
    return {inside.numbers(factor, -100, 100, rows),
            inside.numbers("input", -100, 100, kInputBuckets)};
  }
  [[noreturn]] void reject(const std::string& key, const std::string& why) const {
    throw UserError(file_ + ": '" + path_ + key + "' does not fit", why,
                    "correct it, or fit the model again with --fit-out");
  }

 private:
  const Json& member(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) reject(key, "it is missing");
    return *found;
  }
  double number(const Json& value, const char* key, double least, double most) const {
    if (!value.is_number()) reject(key, "a number is expected");
    const double number = value.get<double>();
    if (!(number >= least && number <= most))
      reject(key, "it is out of " + Json(least).dump() + " to " + Json(most).dump());
    return number;
  }

  const Json& json_;
  std::string file_;
  std::string path_;
};

Json correlation_json(const FittedCorrelations& rho) {
  return {{"input_output", rho.input_output},  {"output_turns", rho.output_turns},
          {"added_turns", rho.added_turns},    {"gap_turns", rho.gap_turns},
          {"gap_input", rho.gap_input},        {"gap_added", rho.gap_added},
          {"trimmed_input", rho.trimmed_input}};
}

FittedCorrelations read_correlation(const Section& json) {
  const auto rho = [&json](const char* key) { return json.number(key, -0.999, 0.999); };
  return {rho("input_output"), rho("output_turns"), rho("added_turns"),  rho("gap_turns"),
          rho("gap_input"),    rho("gap_added"),    rho("trimmed_input")};
}

Json figures_json(const TraceFigures& figures) {
  return {{"input_mean", figures.input_mean},     {"input_p99", figures.input_p99},
          {"output_mean", figures.output_mean},   {"output_p99", figures.output_p99},
          {"hit_ratio", figures.hit_ratio},       {"dispersion_10s", figures.dispersion_10s},
          {"follow_share", figures.follow_share}, {"cache_blocks", figures.cache_blocks},
          {"cache_hits", figures.cache_hits}};
}

TraceFigures read_figures(const Section& json) {
  TraceFigures figures;
  figures.input_mean = json.number("input_mean", 0, kMaxTokens);
  figures.input_p99 = json.number("input_p99", 0, kMaxTokens);
  figures.output_mean = json.number("output_mean", 0, kMaxTokens);
  figures.output_p99 = json.number("output_p99", 0, kMaxTokens);
  figures.hit_ratio = json.number("hit_ratio", 0, 1);
  figures.dispersion_10s = json.number("dispersion_10s", 0, 1e9);
  figures.follow_share = json.number("follow_share", 0, 1);
  for (const double blocks : json.numbers("cache_blocks", 1, 1e15))
    figures.cache_blocks.push_back(static_cast<std::uint64_t>(blocks));
  figures.cache_hits = json.numbers("cache_hits", 0, 1, figures.cache_blocks.size());
  return figures;
}

void read_tables(const Section& json, FittedModel& model) {
  model.input = json.table("input_tokens", kMaxTokens, true);
  model.output = json.table("output_tokens", kMaxTokens, true);
  model.first_input = json.table("first_input_tokens", kMaxTokens, true);
  model.added = json.table("added_tokens", kMaxTokens);
  model.trimmed_input = json.table("trimmed_input_tokens", kMaxTokens);
  model.trimmed_share = json.table("trimmed_share", 1);
  model.gap_s = json.table("gap_s", kMostSeconds);
  model.input_buckets = json.table("input_buckets", kMaxTokens);
  if (model.input_buckets.values().size() != kInputBuckets + 1)
    json.reject("input_buckets", std::to_string(kInputBuckets + 1) + " values are expected");
}

std::vector<FittedOpening> read_openings(const Section& json, const std::string& file) {
  std::vector<FittedOpening> openings;
  double sum = 0;
  for (const Json& entry : json.list("openings")) {
    const Section fields(entry, file, "openings[].");
    FittedOpening opening;
    opening.blocks = static_cast<std::uint32_t>(fields.count("blocks", 1e6));
    opening.share = fields.number("share", 0, 1);
    const double inside = fields.number("inside", -1, static_cast<double>(openings.size()) - 1);
    if (inside != std::floor(inside)) fields.reject("inside", "a whole number is expected");
    if (inside >= 0) opening.inside = static_cast<std::uint32_t>(inside);
    if (inside >= 0 && openings[opening.inside].blocks > opening.blocks)
      fields.reject("inside", "it is longer than what goes on from it");
    sum += opening.share;
    openings.push_back(opening);
  }
  if (sum > 1 + 1e-9) json.reject("openings", "their shares sum to more than 1");
  return openings;
}

FittedModel read_model(const Section& json, const std::string& file) {
  if (json.text("filetype") != kFiletype)
    json.reject("filetype", std::string("'") + kFiletype + "' is expected");
  if (json.count("format_version", 1e9) != 1) json.reject("format_version", "1 is expected");
  FittedModel model;
  model.source = json.text("source");
  model.requests = json.count("requests", kNoIndex - 1);
  const Section shape = json.section("shape");
  model.closed_loop = shape.flag("closed_loop");
  model.links = shape.flag("links");
  model.block_tokens = static_cast<std::uint32_t>(shape.count("block_tokens", 1e6));
  model.partial_block_ids = shape.flag("partial_block_ids");
  model.grid_s = shape.number("grid_s", 0, kMostSeconds);
  const Section parameters = json.section("parameters");
  model.gap_cv = parameters.number("gap_cv", 0.05, 50);
  model.answer_kept = parameters.number("answer_kept", 0, 1);
  model.token_s = parameters.number("token_s", 0, 1e6);
  model.session_rate = parameters.number("session_rate", 0, 1e9);
  model.correlation = read_correlation(parameters.section("correlation"));
  model.figures = read_figures(json.section("figures"));
  read_tables(json.section("tables"), model);
  model.follow = json.odds("followed_log_odds", "turn", kTurnBuckets);
  model.trim = json.odds("trimmed_log_odds", "after", kTurnKinds);
  const Section rates = json.section("rate_series");
  model.rate_step_s = rates.number("step_s", 0, kMostSeconds);
  model.rates = rates.numbers("rates", 0, 1e9);
  if (!model.rates.empty() && !(model.rate_step_s > 0))
    rates.reject("step_s", "it is the length of a step");
  model.openings = read_openings(json, file);
  return model;
}

Json model_json(const FittedModel& model) {
  Json json = {{"filetype", kFiletype},
               {"format_version", 1},
               {"source", model.source},
               {"requests", model.requests}};
  json["shape"] = {{"closed_loop", model.closed_loop},
                   {"links", model.links},
                   {"block_tokens", model.block_tokens},
                   {"partial_block_ids", model.partial_block_ids},
                   {"grid_s", model.grid_s}};
  json["parameters"] = {{"gap_cv", model.gap_cv},
                        {"answer_kept", model.answer_kept},
                        {"token_s", model.token_s},
                        {"session_rate", model.session_rate},
                        {"correlation", correlation_json(model.correlation)}};
  json["figures"] = figures_json(model.figures);
  json["followed_log_odds"] = odds_json("turn", model.follow);
  json["trimmed_log_odds"] = odds_json("after", model.trim);
  json["rate_series"] = {{"step_s", model.rate_step_s}, {"rates", model.rates}};
  json["openings"] = Json::array();
  for (const FittedOpening& opening : model.openings)
    json["openings"].push_back(
        {{"blocks", opening.blocks},
         {"inside", opening.inside == kNoIndex ? -1 : static_cast<std::int64_t>(opening.inside)},
         {"share", opening.share}});
  json["tables"] = {{"input_tokens", table_json(model.input)},
                    {"output_tokens", table_json(model.output)},
                    {"first_input_tokens", table_json(model.first_input)},
                    {"added_tokens", table_json(model.added)},
                    {"trimmed_input_tokens", table_json(model.trimmed_input)},
                    {"trimmed_share", table_json(model.trimmed_share)},
                    {"gap_s", table_json(model.gap_s)},
                    {"input_buckets", table_json(model.input_buckets)}};
  return json;
}

}  // namespace

std::string model_to_json(const FittedModel& model) {
  std::string text;
  write_json(model_json(model), 0, text);
  return text + "\n";
}

FittedModel model_from_json(const std::string& text, const std::string& file) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded())
    throw UserError("'" + file + "' is not valid JSON", "a fitted model is expected",
                    "name a file that --fit-out wrote");
  return read_model(Section(json, "'" + file + "'", ""), file);
}

}  // namespace pigou
