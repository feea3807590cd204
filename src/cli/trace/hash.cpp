// pigou trace hash: a log of prompts as a trace without their words.
#include <filesystem>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/trace/parts.hpp"
#include "core/error.hpp"
#include "core/stop.hpp"
#include "io/text_file.hpp"
#include "output/text/numbers.hpp"
#include "trace/hashing/prompt_log.hpp"

namespace pigou {
namespace {

po::options_description hash_options() {
  po::options_description options("Hash");
  options.add_options()  //
      ("output,o", po::value<std::string>()->value_name("FILE.jsonl"),
       "the hashed trace, .gz to compress")  //
      ("salt-file", po::value<std::string>()->value_name("FILE"),
       "the secret that ids depend on: this file's bytes, but for one line end")  //
      ("salt", po::value<std::string>()->value_name("TEXT"),
       "the same on the command line, where other users of the machine can see it")              //
      ("block-tokens", po::value<Count>()->value_name("N"), "tokens of each block; default 16")  //
      ("bytes-per-token", po::value<double>()->value_name("X"),
       "of text, which has no tokens; default 4")  //
      ("partial-blocks", po::bool_switch(),
       "give a last block that is not full an id as well")  //
      ("map", po::value<std::vector<std::string>>()->value_name("FIELD=KEY"),
       "where a field is, e.g. arrival=ts:ms or output_tokens=usage.completion_tokens")  //
      ("lenient", po::bool_switch(), "skip and count broken rows");
  return options;
}

std::string read_salt_file(const std::string& path) {
  std::vector<char> buffer;
  std::string salt(read_whole_file(path, buffer));
  std::fill(buffer.begin(), buffer.end(), '\0');
  if (salt.ends_with('\n')) salt.pop_back();
  if (salt.ends_with('\r')) salt.pop_back();
  return salt;
}

std::string salt_of(const po::variables_map& values) {
  const bool file = values.count("salt-file") > 0;
  const bool text = values.count("salt") > 0;
  if (file && text)
    throw UserError("--salt and --salt-file are both given", "only one of the two could count",
                    "keep --salt-file");
  if (!file && !text)
    throw UserError("no salt given", "without a secret anybody could test which texts were hashed",
                    "add --salt-file FILE; make one with: head -c 32 /dev/urandom | base64 > FILE");
  return file ? read_salt_file(values["salt-file"].as<std::string>())
              : values["salt"].as<std::string>();
}

HashOptions options_of(const po::variables_map& values) {
  HashOptions options;
  if (values.count("block-tokens") > 0)
    options.cut.block_tokens = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(values["block-tokens"].as<Count>().value, UINT32_MAX));
  if (values.count("bytes-per-token") > 0)
    options.cut.bytes_per_token = values["bytes-per-token"].as<double>();
  options.cut.partial = values["partial-blocks"].as<bool>();
  options.lenient = values["lenient"].as<bool>();
  if (values.count("map") == 0) return options;
  for (const auto& text : values["map"].as<std::vector<std::string>>()) {
    const auto [field, key] = key_value(text);
    set_prompt_field(options.fields, field, key);
  }
  return options;
}

/// The source and the target, which is not the source.
std::pair<std::string, std::string> files_of(const po::variables_map& values) {
  const auto words = words_of(values);
  if (words.size() != 1)
    throw UserError(words.empty() ? "no log given" : "more than one log given",
                    "trace hash reads one file", "try pigou help trace");
  if (values.count("output") == 0)
    throw UserError("no output file given", "the hashed trace has to go somewhere",
                    "add -o FILE.jsonl");
  auto target = values["output"].as<std::string>();
  check_target(target);
  std::vector<std::filesystem::path> inputs = {words.front()};
  if (values.count("salt-file") > 0) inputs.emplace_back(values["salt-file"].as<std::string>());
  refuse_inputs(target, inputs);
  return {words.front(), target};
}

std::string report_text(const HashReport& report, const HashOptions& options,
                        const std::string& target) {
  std::string text = "wrote " + grouped(report.rows) + " requests with " + grouped(report.ids) +
                     " block ids of " + grouped(options.cut.block_tokens) + " tokens to " + target +
                     "\n";
  if (report.skipped > 0) text += grouped(report.skipped) + " broken rows skipped\n";
  if (report.text_rows > 0)
    text += grouped(report.text_rows) + " prompts are text: their lengths are estimates of " +
            significant(options.cut.bytes_per_token, 3) + " bytes per token\n";
  if (report.counted_tokens > 0)
    text += "where the log counts tokens they have " +
            significant(static_cast<double>(report.counted_bytes) /
                            static_cast<double>(report.counted_tokens),
                        4) +
            " bytes each: see --bytes-per-token\n";
  if (options.cut.block_tokens < 16)
    text += "short blocks are easy to guess for whoever has the salt: guard it\n";
  return text;
}

int hash(const std::vector<std::string>& arguments, Publication& output) {
  const auto values = parse_trace_options(arguments, hash_options());
  const auto [source, target] = files_of(values);
  const HashOptions options = options_of(values);
  watch_interrupts();
  const HashKey key(salt_of(values));
  const HashReport report =
      hash_prompts(source, OutputTarget(target, &output), key, options, stop_if_asked);
  print(report_text(report, options, target));
  return kExitOk;
}

std::string hash_help() {
  return "usage: pigou trace hash FILE.jsonl -o FILE.jsonl --salt-file FILE [options]\n\n"
         "Replaces the prompts of a log by salted block hashes and keeps times and lengths.\n\n" +
         options_text(hash_options());
}

}  // namespace

TracePart trace_hash_part() { return {"hash", hash, hash_help}; }

}  // namespace pigou
