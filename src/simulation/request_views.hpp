// Requests as routers are shown them.
#pragma once

#include <cstdint>
#include <memory>

#include "core/ids.hpp"
#include "simulation/request_hints.hpp"
#include "simulation/requests.hpp"
#include "view/view.hpp"
#include "workload/recorded_placement.hpp"
#include "workload/workload.hpp"

namespace pigou {

/// Makes the view of any request of the workload; nothing in it depends on what has happened but
/// the tokens a continued request brings. Output lengths are not in it.
class RequestViews {
 public:
  RequestViews() = default;
  /// Throws UserError where `needs` asks for a recorded placement or hints that do not fit.
  RequestViews(std::shared_ptr<const Workload> workload, const ViewNeeds& needs,
               std::uint32_t entries, std::uint32_t decodes);

  /// Any request, as it comes in. `books` says how routers count blocks and what they ask for.
  RequestView of(RequestId request, const View& books) const;
  /// One in flight as its next placement finds it: a continued one brings its tokens so far.
  RequestView of(const RequestState& state, const View& books) const;
  PathView path(RowId row, std::uint32_t copy) const;
  PathView path_of(RequestId request) const {
    return path(RowId{workload_->row[request]}, workload_->copy_of(request));
  }
  const std::shared_ptr<const RecordedPlacement>& placement() const { return placement_; }

 private:
  std::shared_ptr<const Workload> workload_;
  std::shared_ptr<const RecordedPlacement> placement_;
  RequestHintTable hints_;
};

}  // namespace pigou
