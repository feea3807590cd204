// A user's mistakes, one of each kind: one line, exit 2, nothing on stdout, nothing written.
#include "cli/program_testing.hpp"

namespace pigou {
namespace {

using testing::expect_user_error;
using testing::run_pigou;
using testing::Scratch;
using testing::small_scenario;

struct Mistake {
  std::string text;   ///< an assignment, a scenario or a row of a trace
  std::string named;  ///< what the message must name
};

/// Runs `file` with -o and expects the mistake to leave nothing beside it.
void expect_refused(const Scratch& scratch, const std::string& file, const std::string& more,
                    const Mistake& mistake) {
  SCOPED_TRACE(mistake.text.substr(0, 200));
  const std::string out = scratch.file("out.h5");
  expect_user_error("run " + file + " -o " + out + " " + more, {mistake.named, "): "});
  EXPECT_FALSE(std::filesystem::exists(out));
  EXPECT_FALSE(std::filesystem::exists(out + ".manifest.json"));
}

TEST(Mistakes, InAssignments) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const Mistake mistakes[] = {
      {"worklod.jitter_s=1", "'workload'"},
      {"workload.jiter_s=1", "'jitter_s'"},
      {"workload.synth.reqests=1", "'requests'"},
      {"cluster.pools.serv.count=4", "'serve'"},
      {"cluster.pools.7.count=4", "serve"},
      {"cluster.pools.serve.engine.max_num_seq=4", "'max_num_seqs'"},
      {"cluster.pools.serve.count=0", "1 to 65536"},
      {"cluster.pools.serve.count=-3", "-3"},
      {"cluster.pools.serve.count=1e99", "1e+99"},
      {"cluster.pools.serve.count=2.5", "2.5"},
      {"cluster.pools.serve.gpu=h1000", "'h100'"},
      {"cluster.pools.serve.model=llama-3.1-80b", "'llama-3.1-70b'"},
      {"cluster.pools.serve.model=llama-3.1-405b", "does not fit"},
      {"cluster.pools.serve.tp=3", "divides"},
      {"cluster.pools.serve.pp=2", "not modelled yet"},
      {"cluster.pools.serve.dtype=int3", "int3"},
      {"cluster.pools.serve.engine.kv_tokens=3", "less than one block"},
      {"cluster.pools.serve.engine.block_size=7", "divides"},
      {"cluster.pools.serve.role=prefill", "decode"},
      {"cluster.pools.serve.name=a.b", "dots"},
      {"seed=NaN", "seed"},
      {"slo.ttft_s=-1", "slo.ttft_s"},
      {"slo.ttft_s=1e400", "slo.ttft_s"},
      {"workload.window_s=[5,3]", "before"},
      {"workload.synth.input=lognormal:0:1", "lognormal"},
      {"workload.sessions.start=poisson", "workload.sessions.rate"},
      {"workload.sessions.rate=2", "start to poisson"},
      {"workload.mapping.input_tokens=x", "mapping"},
      {"workload.synth.requests.x=3", "not a section"},
      {"router.name=rond-robin", "'round-robin'"},
      {"router=3", "section"},
      {"a..b=3", "empty part"},
      {"seed", "path=value"},
  };
  for (const auto& mistake : mistakes)
    expect_refused(scratch, file, "--set '" + mistake.text + "'", mistake);
}

TEST(Mistakes, InTheCommandLine) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const Mistake mistakes[] = {
      {"--routr round-robin", "'--router'"},
      {"--decisions some", "--decisions=some"},
      {"another.json", "'another.json' is one word too many"},
  };
  for (const auto& mistake : mistakes) expect_refused(scratch, file, mistake.text, mistake);
}

TEST(Mistakes, InRouters) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const Mistake mistakes[] = {
      {"dynamo", "'dynamo-kv@2026-08'"},
      {"dynamo-kv@2025-01", "'dynamo-kv@2025-08'"},
      {"dynamo-kv@2026-08:temprature=1", "'temperature'"},
      {"dynamo-kv@2026-08:temperature=-1", "0 to 1000"},
      {"dynamo-kv@2026-08:temperature=nan", "nan"},
      {"dynamo-kv@2026-08:temperature=1,temperature=2", "twice"},
      {"dynamo-kv@2026-08:", "key=value"},
      {"min-ttft:tie=last", "first, random"},
      {"round-robin:x=1", "takes none"},
  };
  for (const auto& mistake : mistakes)
    expect_refused(scratch, file, "--router '" + mistake.text + "'", mistake);
}

TEST(Mistakes, InScenarioFiles) {
  const Scratch scratch;
  const std::string pool = "{\"name\":\"p\",\"gpu\":\"h100\",\"model\":\"llama-3.1-8b\"";
  const auto pools = [](const std::string& list) {
    return "{\"workload\":{\"synth\":{\"requests\":5}},\"cluster\":{\"pools\":[" + list + "]}}";
  };
  const Mistake mistakes[] = {
      {"", "not valid JSON"},
      {"{", "line 1"},
      {"{\"seed\":1,}", "line 1, column 11"},
      {"[1]", "not an object"},
      {"\xff\xfe{}", "not valid JSON"},
      {std::string(100, '\0'), "not valid JSON"},
      {std::string(100000, '['), "not valid JSON"},
      {"{\"seed\":1,\"seed\":2}", "twice"},
      {"{\"seed\":1e999}", "1e999"},
      {"/* never closed {}" + std::string(5000, 'x'), "comment"},
      {"{}", "cluster.pools is missing"},
      {pools("3"), "section"},
      {pools(pool + "},\n" + pool + "}"), "two pools"},
      {pools(pool + "},\n{\"role\":\"prefill\"," + pool.substr(12) + "}"), "mixes"},
      {pools(pool + ",\"role\":\"decode\"}"), "no prefill pool"},
      {pools("{\"role\":\"prefill\"," + pool.substr(12) + "},{\"role\":\"decode\"," +
             pool.substr(12) + ",\"kv_dtype\":\"fp8\"}"),
       "kv_dtype"},
      {pools("{\"gpu\":\"h100\"}"), "gpu and model"},
      {pools("{\"step_s\":0.01}"), "engine.kv_tokens"},
  };
  for (const auto& mistake : mistakes)
    expect_refused(scratch, scratch.write("s.json", mistake.text), "", mistake);
}

TEST(Mistakes, InTraces) {
  const Scratch scratch;
  const std::string row =
      "{\"timestamp\":0,\"input_length\":600,\"output_length\":5,\"hash_ids\":[0,1]}\n";
  const auto second = [&](const std::string& line) { return row + line + "\n"; };
  const Mistake mistakes[] = {
      {"", "empty"},
      {"\n\n", "format"},
      {std::string(500, '\0'), "format"},
      {"\x1f\x8b" + std::string(20, 'x'), "decompress"},
      {row.substr(0, 30), "t.jsonl"},
      {second("{\"timestamp\":0,"), "line 2"},
      {second("{\"timestamp\":-5,\"input_length\":3,\"output_length\":5,\"hash_ids\":[0]}"), "-5"},
      {second("{\"timestamp\":5,\"input_length\":-3,\"output_length\":5,\"hash_ids\":[0]}"), "-3"},
      {second("{\"timestamp\":5,\"input_length\":3.5,\"output_length\":5,\"hash_ids\":[0]}"),
       "3.5"},
      {second("{\"timestamp\":5,\"input_len\":3,\"output_length\":5,\"hash_ids\":[0]}"),
       "'input_length' is missing"},
      {second("{\"timestamp\":5,\"input_length\":3000,\"output_length\":5,\"hash_ids\":[0]}"),
       "6 blocks"},
      {"TIMESTAMP,ContextTokens,GeneratedTokens\n", "no usable row"},
      {"TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,abc,44\n", "'abc'"},
  };
  const std::string file = scratch.write(
      "s.json",
      "{\"workload\":{\"trace\":\"t.jsonl\"},\"cluster\":{\"pools\":[{\"gpu\":\"h100\","
      "\"model\":\"llama-3.1-8b\"}]}}");
  expect_refused(scratch, file, "", {"no trace", "is not there"});
  for (const auto& mistake : mistakes) {
    scratch.write("t.jsonl", mistake.text);
    expect_refused(scratch, file, "", mistake);
  }
  std::filesystem::remove(scratch.file("t.jsonl"));
  std::filesystem::create_directory(scratch.file("t.jsonl"));
  expect_refused(scratch, file, "", {"a folder", "fits none of"});
}

TEST(Mistakes, InOutputsNeverCostAFile) {
  const Scratch scratch;
  const std::string text = small_scenario();
  const std::string file = scratch.write("s.json", text);
  expect_user_error("run " + file + " -o " + file, {"not an HDF5 file"});
  EXPECT_EQ(testing::read_all(file), text);
  expect_user_error("run " + file + " -o ''", {"without a name"});
  expect_user_error("run " + file + " -o /dev/null", {"device"});
  expect_user_error("run " + file + " -o " + scratch.file("none/out.h5"), {"no folder"});
  const std::string trace = scratch.file("t.jsonl");
  ASSERT_EQ(run_pigou("trace synth requests=5 -o " + trace).code, 0);
  expect_user_error("trace convert " + trace + " -o " + trace, {"it is read as an input"});
  expect_user_error("trace synth requests=5 requests=6 -o " + trace, {"twice"});
  // An older result is what -o usually finds.
  const std::string out = scratch.file("out.h5");
  EXPECT_EQ(run_pigou("run " + file + " -q -o " + out).code, 0);
  EXPECT_EQ(run_pigou("run " + file + " -q -o " + out).code, 0);
}

TEST(Mistakes, CommentsAreNone) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", "// a\n/* b */ " + small_scenario());
  EXPECT_EQ(run_pigou("run " + file).code, 0);
}

}  // namespace
}  // namespace pigou
