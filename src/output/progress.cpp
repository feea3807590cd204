#include "output/progress.hpp"

#include <unistd.h>

#include <cstdio>

#include "output/number_text.hpp"

namespace pigou {
namespace {

std::string clock_text(double seconds) {
  const auto whole = static_cast<long long>(seconds < 0 ? 0 : seconds);
  char text[48];
  std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                whole % 60);
  return text;
}

}  // namespace

ProgressLine::ProgressLine(bool wanted) : enabled_(wanted && isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() {
  if (painted_) std::fputs("\r\033[K", stderr);
}

bool ProgressLine::due() {
  if (!enabled_) return false;
  const auto now = Clock::now();
  if (now - last_ < std::chrono::milliseconds(100)) return false;
  last_ = now;
  return true;
}

void ProgressLine::paint(const std::string& text) {
  std::fputs(("\r" + text + "\033[K").c_str(), stderr);
  std::fflush(stderr);
  painted_ = true;
}

void ProgressLine::show(const std::string& text) {
  if (due()) paint(text);
}

void ProgressLine::show(const Progress& progress) {
  if (!due()) return;
  const double wall = std::chrono::duration<double>(last_ - start_).count();
  const double done = static_cast<double>(progress.requests_done);
  std::string text = "simulated " + clock_text(progress.simulated_s) + ", " +
                     grouped(progress.requests_done) + " of " + grouped(progress.requests_total) +
                     " requests, " + significant(done / wall, 3) + "/s";
  if (done > 0)
    text += ", " + clock_text(wall * (static_cast<double>(progress.requests_total) - done) / done) +
            " left";
  paint(text);
}

}  // namespace pigou
