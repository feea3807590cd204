#include "view/books/load_books.hpp"

#include <algorithm>

namespace pigou {

LoadBooks::LoadBooks(std::uint32_t replicas, std::uint32_t entries, std::uint32_t decodes)
    : instances_(entries + decodes), entries_(entries) {
  const std::size_t columns = static_cast<std::size_t>(replicas) * instances_;
  active_requests_.assign(columns, 0);
  active_prefill_tokens_.assign(columns, 0);
  active_blocks_.assign(columns, 0);
  unavailable_.assign(replicas, {});
  decode_load_.assign(replicas, LoadTree(std::max(1U, decodes)));
}

bool LoadBooks::set_available(ReplicaId replica, InstanceId instance, bool available) {
  if (eligible_.empty()) eligible_.assign(active_requests_.size(), 1);
  std::uint8_t& eligible = eligible_[column(replica, instance)];
  if ((eligible != 0) == available) return false;
  eligible = available ? 1 : 0;
  unavailable_[replica][instance < entries_ ? 0 : 1] += available ? UINT32_MAX : 1;
  decode_changed(replica, instance);
  return true;
}

}  // namespace pigou
