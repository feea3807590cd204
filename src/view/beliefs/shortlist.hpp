// The columns of a few instances that stand out, gathered from books and beliefs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/ids.hpp"
#include "view/beliefs/prefix_index.hpp"
#include "view/books/load_books.hpp"
#include "view/columns.hpp"

namespace pigou {

/// Holds what the last gather() was given; all columns are as long as its instances.
class Shortlist {
 public:
  InstanceShortlist gather(std::span<const PrefixIndex::Standout> near, const LoadBooks& books,
                           ReplicaId replica) {
    clear();
    const InstanceColumns entry = books.side(replica, Side::kEntry);
    for (const PrefixIndex::Standout& instance : near) {
      const std::uint32_t i = instance.instance;
      instances_.push_back(i);
      prefill_tokens_.push_back(entry.active_prefill_tokens[i]);
      blocks_.push_back(entry.active_blocks[i]);
      requests_.push_back(entry.active_requests[i]);
      overlap_.push_back(instance.overlap);
      shared_.push_back(instance.shared);
    }
    InstanceShortlist shortlist{instances_, {}};
    shortlist.columns.count = static_cast<std::int64_t>(near.size());
    shortlist.columns.active_prefill_tokens = prefill_tokens_.data();
    shortlist.columns.active_blocks = blocks_.data();
    shortlist.columns.active_requests = requests_.data();
    shortlist.columns.overlap_blocks = overlap_.data();
    shortlist.columns.shared_active_blocks = shared_.data();
    return shortlist;
  }

 private:
  void clear() {
    instances_.clear();
    prefill_tokens_.clear();
    blocks_.clear();
    requests_.clear();
    overlap_.clear();
    shared_.clear();
  }

  std::vector<std::uint32_t> instances_;
  std::vector<std::int64_t> prefill_tokens_, blocks_, requests_;
  std::vector<std::int32_t> overlap_, shared_;
};

}  // namespace pigou
