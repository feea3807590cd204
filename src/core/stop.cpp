#include "core/stop.hpp"

#include <csignal>

namespace pigou {
namespace {

// A signal handler can reach nothing but a global of this type.
volatile std::sig_atomic_t stop_wanted = 0;

}  // namespace

void ask_to_stop(int) { stop_wanted = 1; }

bool stop_asked() { return stop_wanted != 0; }

void stop_if_asked() {
  if (stop_wanted != 0) throw Interrupted{};
}

}  // namespace pigou
