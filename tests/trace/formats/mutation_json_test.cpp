// Broken bytes in the formats of JSON and in logs of servers.
#include "io/text_file.hpp"
#include "trace/formats/mutation_testing.hpp"

namespace pigou {
namespace {

/// Mutates the miniature of that name.
void try_miniature(const std::string& name) {
  std::vector<char> buffer;
  const std::string text(read_whole_file(source_root() + "/traces/miniatures/" + name, buffer));
  testing::try_mutations(text, name, {});
}

TEST(Mutations, DoesBailianSurviveThem) { try_miniature("bailian.jsonl"); }

TEST(Mutations, DoesDynamoSurviveThem) { try_miniature("dynamo.jsonl"); }

TEST(Mutations, DoesInferencePerfSurviveThem) { try_miniature("inference-perf.json"); }

TEST(Mutations, DoesVllmBenchSurviveThem) { try_miniature("vllm-bench.json"); }

TEST(Mutations, DoesVllmLogSurviveThem) { try_miniature("vllm.log"); }

TEST(Mutations, DoesSglangLogSurviveThem) { try_miniature("sglang.log"); }

TEST(Mutations, DoesSglangJsonSurviveThem) { try_miniature("sglang.jsonl"); }

TEST(Mutations, DoesOtelSurviveThem) { try_miniature("otel.json"); }

}  // namespace
}  // namespace pigou
