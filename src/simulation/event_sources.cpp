#include "simulation/event_sources.hpp"

#include "core/error.hpp"

namespace pigou {

std::uint32_t EventSources::add(Source kind, std::uint32_t count) {
  require(at(kind) == registered_, "event sources are registered in the order of their kinds");
  const std::uint32_t first = this->count();
  ends_[registered_++] = first + count;
  return first;
}

}  // namespace pigou
