// Runs the built program as a user would: exit code, stdout and stderr apart.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "paths.hpp"

namespace pigou::testing {

struct Outcome {
  int code = 0;  ///< exit code, or 128 + signal
  std::string out, err;
};

inline std::string read_all(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// A folder that goes with the test.
class Scratch {
 public:
  Scratch() {
    std::string name = std::filesystem::temp_directory_path() / "pigou-test-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return file(name);
  }
  bool holds_only(const std::string& name) const {
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      if (entry.path().filename() != name) return false;
    return true;
  }

 private:
  std::filesystem::path path_;
};

/// `arguments` are shell words; run from the source folder.
inline Outcome run_pigou(const std::string& arguments) {
  const Scratch scratch;
  const std::string command = "cd '" + source_root() + "' && '" + program() + "' " + arguments +
                              " >" + scratch.file("out") + " 2>" + scratch.file("err") +
                              " </dev/null";
  const int status = std::system(command.c_str());
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {code, read_all(scratch.file("out")), read_all(scratch.file("err"))};
}

inline std::size_t files_in(const std::string& folder) {
  std::error_code code;
  const std::filesystem::directory_iterator files(folder, code);
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

/// Starts pigou, waits until `folder` holds `files` files and `ms` more, and sends `signal`.
/// Returns the wait status.
inline int run_and_signal(const std::string& arguments, int signal, const std::string& folder,
                          std::size_t files, std::uint32_t ms) {
  const pid_t child = fork();
  if (child == 0) {
    const std::string command =
        "exec '" + program() + "' " + arguments + " >/dev/null 2>/dev/null </dev/null";
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  while (files_in(folder) < files) {
    if (waitpid(child, &status, WNOHANG) == child) return status;  // it was faster
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  kill(child, signal);
  waitpid(child, &status, 0);
  return status;
}

/// A user's mistake ends in exit 2, nothing on stdout and one line that holds `words`.
inline void expect_user_error(const std::string& arguments, const std::vector<std::string>& words) {
  const Outcome outcome = run_pigou(arguments);
  EXPECT_EQ(outcome.code, 2) << arguments << "\n" << outcome.err;
  EXPECT_EQ(outcome.out, "") << arguments;
  ASSERT_TRUE(outcome.err.starts_with("pigou: ")) << arguments << "\n" << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  for (const auto& word : words)
    EXPECT_NE(outcome.err.find(word), std::string::npos)
        << "no '" << word << "' in " << outcome.err;
}

/// A small scenario that needs no file: 200 synthetic requests on two instances.
inline std::string small_scenario(const std::string& extra = "") {
  return "{ \"workload\": { \"synth\": { \"requests\": 200, \"rate\": 10, \"groups\": 3, "
         "\"system_tokens\": 1024 } },\n"
         "  \"cluster\": { \"pools\": [ { \"name\": \"serve\", \"count\": 2, \"gpu\": \"h100\", "
         "\"model\": \"llama-3.1-8b\" } ] }" +
         extra + " }";
}

}  // namespace pigou::testing
