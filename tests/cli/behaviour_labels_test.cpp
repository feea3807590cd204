// A session that the trace names stays where it is, and a label that nobody uses is named.
#include <hdf5.h>

#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "cli/program_testing.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;
using testing::Outcome;
using testing::run_pigou;
using testing::Scratch;

const std::string kCase = "tests/cases/session-label/scenario.json";

Json json_of(const std::string& arguments) {
  const Outcome outcome = run_pigou(arguments + " --json");
  EXPECT_EQ(outcome.code, 0) << arguments << "\n" << outcome.err;
  return Json::parse(outcome.out);
}

/// Where each request went, of the result file at `path`.
std::vector<int> instances_in(const std::string& path) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t data = H5Dopen2(file, "/result/requests/instance", H5P_DEFAULT);
  const hid_t space = H5Dget_space(data);
  std::vector<int> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  H5Dread(data, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Sclose(space);
  H5Dclose(data);
  H5Fclose(file);
  return values;
}

bool holds(const Json& text, const std::string& words) {
  return text.get<std::string>().find(words) != std::string::npos;
}

// Five sessions of ten requests take turns, a second apart, on five instances that are idle in
// between: whoever goes by load or chance spreads each over several.
TEST(Labels, DoRoutersKeepEachOfFiveSessionsOnOneInstance) {
  for (const std::string router :
       {"session-affinity", "smg-manual", "smg-consistent-hash", "consistent-hash:key=session",
        "chwbl:key=session", "dynamo-kv@2026-08:session_affinity_ttl_s=3600",
        "dynamo-lmetric:session_affinity_ttl_s=3600", "llm-d-epp:session_affinity_weight=100"}) {
    const Scratch scratch;
    const std::string file = scratch.file("out.h5");
    const Json run = json_of("run " + kCase + " --router " + router + " -o " + file);
    EXPECT_FALSE(holds(run["assumed"], "label session")) << router << run["assumed"];
    const std::vector<int> chosen = instances_in(file);
    ASSERT_EQ(chosen.size(), 50U) << router;
    std::map<int, std::set<int>> instances;
    for (int request = 0; request < 50; ++request)
      instances[request % 5].insert(chosen[static_cast<std::size_t>(request)]);
    for (const auto& [session, at] : instances) EXPECT_EQ(at.size(), 1U) << router << session;
  }
}

TEST(Labels, AreSessionsThatARouterDoesNotUseNamedWithTheSettingThatWould) {
  const std::string hint = "label session of the trace is not used by ";
  EXPECT_TRUE(holds(json_of("run " + kCase + " --router consistent-hash")["assumed"],
                    hint + "consistent-hash (it would with router.key=session)"));
  EXPECT_TRUE(
      holds(json_of("run " + kCase + " --router round-robin")["assumed"], hint + "round-robin; "));
  const std::string pair = "compare " + kCase + " --seeds 1 --router round-robin --router ";
  EXPECT_TRUE(holds(json_of(pair + "session-affinity")["assumed"], hint + "round-robin; "));
  EXPECT_TRUE(holds(json_of(pair + "chwbl")["assumed"],
                    hint + "any router (chwbl would with router.key=session)"));
  const Outcome table = run_pigou(pair + "chwbl");
  EXPECT_NE(table.out.find(hint), std::string::npos) << table.out;
}

TEST(Labels, DoSweepsNameUnusedLabelsByPoint) {
  const std::string sweep =
      "sweep " + kCase + " --seeds 1 --vary router.name=round-robin,smg-manual";
  const Json points = json_of(sweep)["points"];
  EXPECT_TRUE(holds(points[0]["assumed"], "label session")) << points[0];
  EXPECT_FALSE(holds(points[1]["assumed"], "label session")) << points[1];
  const Outcome table = run_pigou(sweep);
  EXPECT_NE(table.out.find("by round-robin (1 of 2 points)"), std::string::npos) << table.out;
}

TEST(Labels, IsAPriorityThatNobodyReadsNamed) {
  const Scratch scratch;
  std::string rows = "arrival_s,input_tokens,output_tokens,priority,user,model\n";
  for (int row = 0; row < 9; ++row)
    rows += std::to_string(row) + ",64,1," + std::to_string(row % 3) + ",u" +
            std::to_string(row % 2) + ",m" + std::to_string(row % 2) + "\n";
  const std::string on = " --set workload.trace=" + scratch.write("t.csv", rows);
  const Json plain = json_of("run " + kCase + on + " --router random")["assumed"];
  EXPECT_TRUE(holds(plain, "label priority of the trace is not used by random")) << plain;
  EXPECT_TRUE(holds(plain, "2 models (label model) served as one")) << plain;
  const Json used = json_of("run " + kCase + on + " --router llm-d-epp:flow_control=true");
  EXPECT_FALSE(holds(used["assumed"], "priority")) << used["assumed"];
  const Json could = json_of("run " + kCase + on + " --router dynamo-kv@2026-08")["assumed"];
  EXPECT_TRUE(holds(could, "(it would with router.router_queue_threshold=1)")) << could;
}

TEST(Labels, AreReplicasThatShareASessionNamed) {
  const std::string run = "run " + kCase + " --set gateway.replicas=3";
  EXPECT_TRUE(holds(json_of(run)["assumed"], "a session may come to any of 3 router replicas"));
  EXPECT_FALSE(
      holds(json_of(run + " --set gateway.replica_choice=session")["assumed"], "replicas"));
}

}  // namespace
}  // namespace pigou
