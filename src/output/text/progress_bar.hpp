// A progress line on stderr, for people only: nothing is drawn off a terminal.
#pragma once

#include <chrono>
#include <string>

#include "simulation/run.hpp"

namespace pigou {

/// "00:01:10"; what passes 100 hours keeps counting them.
std::string clock_text(double seconds);

/// Repaints at most ten times a second and erases itself when destroyed.
class ProgressLine {
 public:
  explicit ProgressLine(bool wanted);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);
  void show(const std::string& text, double done_fraction);

 private:
  using Clock = std::chrono::steady_clock;
  bool due();
  void paint(double done_fraction, const std::string& text);

  bool enabled_;
  bool painted_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

}  // namespace pigou
