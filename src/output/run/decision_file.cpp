#include "output/run/decision_file.hpp"

namespace pigou {
namespace {

/// Puts one column of the group.
struct Columns {
  Hdf5Writer& writer;
  std::string group;

  template <class T>
  void put(const char* name, const std::vector<T>& values, const char* unit,
           const char* description) const {
    writer.column(group + "/" + name, std::span<const T>(values), {unit, description});
  }
};

void write_answers(const Columns& to, const DecisionColumns& c) {
  to.put("request", c.request, "1", "Number of the request in arrival order.");
  to.put("time_s", c.time_s, "s", "When the router answered.");
  to.put("hook", c.hook, "1",
         "What it was asked: 0 arrival, 1 prefill done, 2 room freed, 3 timer, 4 first token, "
         "5 finish, 6 instance change, 7 peer placed.");
  to.put(
      "action", c.action, "1",
      "What it answered: 0 place, 1 place pair, 2 place decode, 3 queue, 4 reject, 5 move queued, "
      "6 migrate, 7 prefill locally.");
  to.put("attempt", c.attempt, "attempts", "Placements of the request that were lost before.");
  to.put("replica", c.replica, "1", "Router replica that answered.");
  to.put("instance", c.instance, "1", "Prefill or aggregated instance chosen; -1: none.");
  to.put("decode_instance", c.decode_instance, "1", "Decode instance chosen; -1: none.");
  to.put("rule", c.rule, "1", "Branch of the rule that decided: index into rules.");
  to.put("ties", c.ties, "candidates", "Candidates that shared the best cost; 0: not said.");
  to.put("input_tokens", c.input_tokens, "tokens", "Prompt length.");
  to.put("block_tokens", c.block_tokens, "tokens", "Tokens of a KV block.");
  to.put("hit_tokens", c.hit_tokens, "tokens",
         "Prompt tokens really found in KV cache when the engine admitted what this answer placed; "
         "-1: it was not admitted from here.");
  to.put("candidate_begin", c.candidate_begin, "1",
         "Row n's candidates are entries candidate_begin[n] to candidate_begin[n + 1] - 1.");
}

void write_candidates(const Columns& to, const DecisionColumns& c) {
  to.put("candidate", c.candidate, "1", "Instance considered.");
  to.put("cost", c.cost, "1",
         "Its cost in the policy's own measure, lower is better; NaN: unsaid.");
  to.put("prefill_tokens", c.prefill_tokens, "tokens",
         "Router's books: uncached prompt tokens placed there and not yet prefilled.");
  to.put("active_blocks", c.active_blocks, "blocks", "Router's books: KV blocks of its requests.");
  to.put("active_requests", c.active_requests, "requests", "Router's books: requests in flight.");
  to.put("believed_tokens", c.believed_tokens, "tokens",
         "Prompt tokens the router believed cached there; -1: it has no belief of that cache.");
  to.put("cached_tokens", c.cached_tokens, "tokens",
         "Prompt tokens really cached there at that instant.");
  to.put("seen_running", c.seen_running, "sequences", "Snapshot as seen; -1: none is read.");
  to.put("seen_waiting", c.seen_waiting, "calls", "Snapshot as seen; -1: none is read.");
  to.put("seen_kv_usage", c.seen_kv_usage, "1", "Snapshot as seen; NaN: none is read.");
}

/// What each declared column is, and under `declared/` its values.
void write_declared(Hdf5Writer& writer, const Columns& to, const std::vector<DeclaredColumn>& all) {
  if (all.empty()) return;
  std::vector<std::string> names, units, sentences;
  std::vector<double> entry, decode;
  for (const DeclaredColumn& column : all) {
    names.push_back(column.name);
    units.push_back(column.unit);
    sentences.push_back(column.sentence);
    entry.push_back(column.entry_weight);
    decode.push_back(column.decode_weight);
    writer.column(to.group + "/declared/" + column.name, std::span<const double>(column.values),
                  {column.unit, "As the policy read it of each candidate; NaN: not on that side: " +
                                    column.sentence + "."});
  }
  writer.texts(to.group + "/declared_columns", names, "Columns the policy's cost reads.");
  writer.texts(to.group + "/declared_units", units, "Their units.");
  writer.texts(to.group + "/declared_sentences", sentences, "What they are.");
  to.put(
      "declared_weight", entry, "1",
      "Weight of each in the sum of scores whose negative is the cost; NaN: it is no such part.");
  to.put("declared_decode_weight", decode, "1", "The same of the decode side.");
}

/// Fills columns of the group; all of one kind have as many entries as its first.
struct Reading {
  const Hdf5Reader& reader;
  std::string group;
  std::uint64_t entries = 0;

  template <class T>
  void get(const char* name, std::vector<T>& values, std::uint64_t more = 0) const {
    values.resize(entries + more);
    reader.column(group + "/" + name, std::span<T>(values));
  }
};

void read_answers(const Reading& from, DecisionColumns& c) {
  from.get("request", c.request);
  from.get("time_s", c.time_s);
  from.get("hook", c.hook);
  from.get("action", c.action);
  from.get("attempt", c.attempt);
  from.get("replica", c.replica);
  from.get("instance", c.instance);
  from.get("decode_instance", c.decode_instance);
  from.get("rule", c.rule);
  from.get("ties", c.ties);
  from.get("input_tokens", c.input_tokens);
  from.get("block_tokens", c.block_tokens);
  from.get("hit_tokens", c.hit_tokens);
  from.get("candidate_begin", c.candidate_begin, 1);
}

void read_candidates(const Reading& from, DecisionColumns& c) {
  from.get("candidate", c.candidate);
  from.get("cost", c.cost);
  from.get("prefill_tokens", c.prefill_tokens);
  from.get("active_blocks", c.active_blocks);
  from.get("active_requests", c.active_requests);
  from.get("believed_tokens", c.believed_tokens);
  from.get("cached_tokens", c.cached_tokens);
  from.get("seen_running", c.seen_running);
  from.get("seen_waiting", c.seen_waiting);
  from.get("seen_kv_usage", c.seen_kv_usage);
}

void read_declared(const Hdf5Reader& reader, const std::string& group, DecisionColumns& c) {
  if (!reader.has(group + "/declared_columns")) return;
  const std::vector<std::string> names = reader.texts(group + "/declared_columns");
  const std::vector<std::string> units = reader.texts(group + "/declared_units");
  const std::vector<std::string> sentences = reader.texts(group + "/declared_sentences");
  std::vector<double> entry, decode;
  const Reading each{reader, group, names.size()};
  if (units.size() != names.size() || sentences.size() != names.size())
    reader.reject(group + " does not say of each declared column what it is");
  each.get("declared_weight", entry);
  each.get("declared_decode_weight", decode);
  for (std::size_t i = 0; i < names.size(); ++i) {
    c.declared.push_back({names[i], units[i], sentences[i], entry[i], decode[i], {}});
    Reading{reader, group + "/declared", c.candidate.size()}.get(names[i].c_str(),
                                                                 c.declared.back().values);
  }
}

}  // namespace

DecisionColumns read_decisions(const Hdf5Reader& reader, const std::string& group) {
  DecisionColumns c;
  c.asked_for = true;
  read_answers({reader, group, reader.entries(group + "/request")}, c);
  read_candidates({reader, group, reader.entries(group + "/candidate")}, c);
  c.rules = reader.texts(group + "/rules");
  read_declared(reader, group, c);
  for (std::size_t row = 0; row < c.rows(); ++row) {
    const bool sound = c.candidate_begin[row] <= c.candidate_begin[row + 1] &&
                       c.candidate_begin[row + 1] <= c.candidate.size() &&
                       c.rule[row] < c.rules.size();
    if (!sound) reader.reject(group + " names candidates or rules that it does not have");
  }
  return c;
}

void write_decisions(Hdf5Writer& writer, const std::string& group, const DecisionColumns& columns) {
  const Columns to{writer, group};
  write_answers(to, columns);
  write_candidates(to, columns);
  writer.texts(group + "/rules", columns.rules, "Names of the rules' branches.");
  write_declared(writer, to, columns.declared);
}

}  // namespace pigou
