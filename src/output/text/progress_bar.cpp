#include "output/text/progress_bar.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "output/text/numbers.hpp"

namespace pigou {
std::string clock_text(double seconds) {
  const auto whole = static_cast<long long>(seconds < 0 ? 0 : seconds);
  return fmt::format("{:02}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

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

void ProgressLine::paint(double done_fraction, const std::string& text) {
  constexpr std::size_t kBar = 10;
  const auto full = static_cast<std::size_t>(std::clamp(done_fraction, 0.0, 1.0) * kBar);
  std::string line = "[";
  line.append(full, '#').append(kBar - full, '.').append("] ").append(text);
  // A line that wraps could not be erased.
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  line.resize(std::min<std::size_t>(line.size(), known ? size.ws_col - 1u : 79u));
  std::fputs(("\r" + line + "\033[K").c_str(), stderr);
  std::fflush(stderr);
  painted_ = true;
}

void ProgressLine::show(const std::string& text, double done_fraction) {
  if (due()) paint(done_fraction, text);
}

void ProgressLine::show(const Progress& progress) {
  if (!due()) return;
  const double wall = std::chrono::duration<double>(last_ - start_).count();
  const double done = static_cast<double>(progress.requests_done);
  const double total = static_cast<double>(progress.requests_total);
  std::string text;
  if (done > 0) text = clock_text(wall * (total - done) / done) + " left, ";
  text += fmt::format("simulated {}, {} of {} requests, {}/s", clock_text(progress.simulated_s),
                      grouped(progress.requests_done), grouped(progress.requests_total),
                      significant(done / wall, 3));
  paint(total > 0 ? done / total : 0, text);
}

}  // namespace pigou
