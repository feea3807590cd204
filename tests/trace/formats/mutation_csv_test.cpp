// Broken bytes in the CSV formats with named columns and in ServeGen client data.
#include <cstdio>

#include "io/archive.hpp"
#include "io/output_file.hpp"
#include "io/text_file.hpp"
#include "trace/formats/mutation_testing.hpp"

namespace pigou {
namespace {

using testing::mutants;
using testing::Mutator;
using testing::ScratchFolder;
using testing::try_mutations;

std::string miniature(const std::string& name) {
  std::vector<char> buffer;
  return std::string(read_whole_file(source_root() + "/traces/miniatures/" + name, buffer));
}

TEST(Mutations, DoesBurstGptSurviveThem) { try_mutations(miniature("burstgpt.csv"), "x.csv", {}); }

TEST(Mutations, DoesAzure2024SurviveThem) {
  try_mutations(miniature("azure-2024.csv"), "x.csv", {});
}

TEST(Mutations, DoesVtcSurviveThem) { try_mutations(miniature("vtc.csv"), "x.csv", {}); }

TEST(Mutations, DoesVidurSurviveThem) { try_mutations(miniature("vidur.csv"), "x.csv", {}); }

TEST(Mutations, DoesAWindowOfABrokenFileSurviveThem) {
  ReadOptions options;
  set_read_option(options, "window_s", "3:60");
  try_mutations(miniature("burstgpt.csv"), "x.csv", options);
}

/// Reads a client whose other file is whole.
testing::PlaceText beside(const std::string& mutated, const std::string& whole) {
  return [=, other = miniature("servegen/" + whole)](const ScratchFolder& folder,
                                                     const std::string& text) {
    if (!std::filesystem::exists(folder.path(whole))) folder.write(whole, other);
    folder.write(mutated, text);
    return folder.path();
  };
}

TEST(Mutations, DoServeGenRatesSurviveThem) {
  try_mutations(miniature("servegen/chunk-0-trace.csv"),
                beside("chunk-0-trace.csv", "chunk-0-dataset.json"), {});
}

TEST(Mutations, DoServeGenLengthsSurviveThem) {
  try_mutations(miniature("servegen/chunk-0-dataset.json"),
                beside("chunk-0-dataset.json", "chunk-0-trace.csv"), {});
}

/// One ustar header and its file, padded to 512-byte blocks.
std::string tar_member(const std::string& name, const std::string& bytes) {
  std::string header(512, '\0');
  const auto put = [&header](std::size_t at, const std::string& text) {
    header.replace(at, text.size(), text);
  };
  char size[16];
  std::snprintf(size, sizeof size, "%011o", static_cast<unsigned>(bytes.size()));
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, size);
  put(136, "00000000000");
  put(148, "        ");
  put(156, "0");
  put(257, std::string("ustar\0", 6) + "00");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char check[16];
  std::snprintf(check, sizeof check, "%06o", sum);
  put(148, std::string(check) + std::string("\0 ", 2));
  return header + bytes + std::string((512 - bytes.size() % 512) % 512, '\0');
}

std::string tar_of_miniature() {
  std::string tar;
  for (const char* const name :
       {"chunk-0-dataset.json", "chunk-0-trace.csv", "chunk-10-trace.csv", "chunk-2-trace.csv"})
    tar += tar_member(std::string("data/mini/") + name, miniature(std::string("servegen/") + name));
  return tar + std::string(1024, '\0');
}

TEST(Mutations, DoesServeGenInATarSurviveThem) { try_mutations(tar_of_miniature(), "x.tar", {}); }

TEST(Mutations, DoesServeGenInACompressedTarSurviveThem) {
  const ScratchFolder folder;
  {
    OutputFile packed(folder.path("whole.tar.gz"));
    packed.write(tar_of_miniature());
    packed.commit();
  }
  EXPECT_EQ(read_trace(folder.path("whole.tar.gz")).rows(), 198U);
  std::ifstream in(folder.path("whole.tar.gz"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  Mutator mutator(11);
  for (int count = 0, end = mutants(500); count < end; ++count) {
    const std::string path = folder.write("x.tar.gz", mutator.mutate(bytes));
    try {
      testing::expect_sound(read_trace(path));
    } catch (const UserError&) {
    }
  }
}

}  // namespace
}  // namespace pigou
