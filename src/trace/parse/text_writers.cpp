#include "trace/parse/text_writers.hpp"

#include "core/error.hpp"
#include "io/output_file.hpp"
#include "trace/parse/row_text.hpp"

namespace pigou {
namespace {

/// The word of a row; empty: none.
std::string_view word_of(const LabelColumn* label, std::size_t row) {
  if (label == nullptr || label->code[row] == kNoIndex) return {};
  return label->values[label->code[row]];
}

SimTime floored(SimTime time, std::int64_t step_ps) { return {time.ps / step_ps * step_ps}; }

}  // namespace

void write_azure(const Trace& trace, const OutputTarget& target) {
  constexpr std::int64_t kStepPs = 100'000;
  constexpr std::size_t kWholeSeconds = 19;  // characters of "2023-11-16 18:15:46"
  const TimeStamp start = trace.calendar_start.value_or(TimeStamp{});
  if (!has_four_digit_year(start) || !has_four_digit_year(stamp_at(start, trace.arrival.back())))
    throw UserError("the trace cannot be written as Azure CSV",
                    "its calendar leaves the years 0 to 9999", "write it --to pigou");
  OutputFile file(target);
  std::string line = "TIMESTAMP,ContextTokens,GeneratedTokens";
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    line += "\r\n";
    std::string time = calendar_text(stamp_at(start, floored(trace.arrival[row], kStepPs)));
    if (time.size() == kWholeSeconds) time += '.';
    time.resize(kWholeSeconds + 8, '0');
    line += time;
    line += ',';
    append_number(line, trace.input_tokens[row]);
    line += ',';
    append_number(line, trace.output_tokens[row]);
    file.write(line);
    line.clear();
  }
  file.commit();
}

void write_burstgpt(const Trace& trace, const OutputTarget& target) {
  const LabelColumn* const session = trace.label("session");
  const bool sessions = session != nullptr || !trace.recorded_service.empty();
  OutputFile file(target);
  std::string line = std::string("Timestamp,") + (sessions ? "Session ID,Elapsed time," : "") +
                     "Model,Request tokens,Response tokens,Total tokens,Log Type\n";
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    append_seconds(line, trace.arrival[row], {1, 12});
    line += ',';
    if (sessions) {
      append_csv_text(line, word_of(session, row));
      line += ',';
      if (!trace.recorded_service.empty() && trace.recorded_service[row].ps >= 0)
        append_seconds(line, trace.recorded_service[row]);
      line += ',';
    }
    append_csv_text(line, word_of(trace.label("model"), row));
    const std::uint64_t input = trace.input_tokens[row], output = trace.output_tokens[row];
    for (const std::uint64_t tokens : {input, output, input + output}) {
      line += ',';
      append_number(line, tokens);
    }
    line += ',';
    append_csv_text(line, word_of(trace.label("kind"), row));
    line += '\n';
    file.write(line);
    line.clear();
  }
  file.commit();
}

void write_vtc(const Trace& trace, const OutputTarget& target) {
  const LabelColumn* const tenant = trace.label("tenant");
  OutputFile file(target);
  std::string line = "arrival_s,client,input_tokens,output_tokens\n";
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    const std::string_view client = word_of(tenant, row);
    if (client.empty())
      throw UserError("the trace cannot be written as VTC CSV",
                      "row " + std::to_string(row) + " has no tenant, which that format is about",
                      "write it --to generic");
    append_seconds(line, trace.arrival[row], {1, 12});
    line += ',';
    append_csv_text(line, client);
    line += ',';
    append_number(line, trace.input_tokens[row]);
    line += ',';
    append_number(line, trace.output_tokens[row]);
    line += '\n';
    file.write(line);
    line.clear();
  }
  file.commit();
}

void write_vidur(const Trace& trace, const OutputTarget& target) {
  OutputFile file(target);
  std::string line = "num_prefill_tokens,num_decode_tokens\n";
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    append_number(line, trace.input_tokens[row]);
    line += ',';
    append_number(line, trace.output_tokens[row]);
    line += '\n';
    file.write(line);
    line.clear();
  }
  file.commit();
}

void write_bailian(const Trace& trace, const OutputTarget& target) {
  constexpr std::uint32_t kBlockTokens = 16;
  if (trace.block_tokens != kBlockTokens)
    throw UserError("the trace cannot be written as Bailian JSONL",
                    "that format has block ids of 16 tokens each, this trace " +
                        block_words(trace.block_tokens),
                    "write it --to pigou or --to generic");
  OutputFile file(target);
  IdNames names(trace);
  std::vector<std::uint32_t> turn(trace.rows(), 1);
  std::string line;
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    const std::uint32_t previous =
        trace.previous_turn.empty() ? kNoIndex : trace.previous_turn[row];
    if (previous < row) turn[row] = turn[previous] + 1;
    line = "{\"chat_id\": ";
    append_number(line, row);
    line += ", \"parent_chat_id\": ";
    line += previous == kNoIndex ? "-1" : std::to_string(previous);
    line += ", \"timestamp\": ";
    append_seconds(line, floored(trace.arrival[row], kPsPerMicrosecond), {1, 6});
    line += ", \"input_length\": ";
    append_number(line, trace.input_tokens[row]);
    line += ", \"output_length\": ";
    append_number(line, trace.output_tokens[row]);
    line += ", \"type\": ";
    append_json_text(line, word_of(trace.label("kind"), row));
    line += ", \"turn\": ";
    append_number(line, turn[row]);
    line += ", \"hash_ids\": [";
    names.append(line, row, ", ");
    line += "]}\n";
    file.write(line);
  }
  file.commit();
}

}  // namespace pigou
