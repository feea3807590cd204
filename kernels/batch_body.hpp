// Many requests over many instances, as pointers to flat columns: the same view on host and device.
#pragma once

#include "kernels/choices_body.hpp"
#include "kernels/columns.hpp"

namespace pigou {

/// Requests of one batch see one of `states` cluster states: one for a window of requests before
/// one router, many for an ensemble of simulations. Load columns are [state][instance], those of a
/// request [request][instance] (kernels/columns.inc says which), own columns either. Null columns
/// are those no cost of this batch reads.
struct BatchView {
  std::int64_t requests = 0;
  std::int64_t instances = 0;
  const RequestRow* request_rows = nullptr;  ///< [request]
  const std::uint32_t* state_of = nullptr;   ///< [request]
  const std::uint64_t* draws = nullptr;      ///< [request]
  const PoolRow* pools = nullptr;            ///< [state]
  const std::uint8_t* eligible = nullptr;    ///< [state][instance]
  bool own_per_request = false;              ///< own columns are those of a request
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) const type* name = nullptr;
#include "kernels/columns.inc"
#undef PIGOU_COLUMN

  /// Whether `whose` columns have a row for each request.
  PIGOU_HD bool per_request(ColumnOf whose) const {
    return whose == ColumnOf::kRequest || (whose == ColumnOf::kOwn && own_per_request);
  }
  /// The columns request `r` sees.
  PIGOU_HD InstanceColumns columns(std::int64_t r) const {
    const std::int64_t state = static_cast<std::int64_t>(state_of[r]) * instances;
    const std::int64_t own = r * instances;
    InstanceColumns seen;
    seen.count = instances;
    seen.eligible = row(eligible, state);
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) \
  seen.name = row(name, per_request(ColumnOf::whose) ? own : state);
#include "kernels/columns.inc"
#undef PIGOU_COLUMN
    return seen;
  }

 private:
  template <class T>
  PIGOU_HD static const T* row(const T* column, std::int64_t first) {
    return column == nullptr ? nullptr : column + first;
  }
};

}  // namespace pigou
