// Scores many requests against many instances: windows of requests, ensembles of simulations. One
// interface, two backends; choices agree exactly.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/batch_body.hpp"
#include "scoring/any_cost.hpp"

namespace pigou {

/// A batch that owns its columns; see BatchView for their meaning. Columns no cost reads stay
/// empty; of the others one without its full number of entries is an InternalError with its name.
struct ScoreBatch {
  std::int64_t instances = 0;
  std::vector<RequestRow> request_rows;
  std::vector<std::uint32_t> state_of;
  std::vector<std::uint64_t> draws;
  std::vector<PoolRow> pools;
  std::vector<std::uint8_t> eligible;
  bool own_per_request = false;
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) std::vector<type> name;
#include "kernels/columns.inc"
#undef PIGOU_COLUMN

  /// Pointers into the columns above, valid until one of them changes. Throws InternalError when a
  /// column has neither no entries nor its full number.
  BatchView view() const;
  /// The same for who scores it by `cost`: a column that it reads must be there.
  BatchView view_for(const AnyCost& cost) const;
};

/// One choice per request, on the CPU.
std::vector<ChoiceResult> choose_batch_cpu(const ScoreBatch& batch, const AnyCost& cost,
                                           const AnyChoice& choice);

/// One choice per request, on the CUDA device. Throws UserError in a build without CUDA and on a
/// machine without a device.
std::vector<ChoiceResult> choose_batch_cuda(const ScoreBatch& batch, const AnyCost& cost,
                                            const AnyChoice& choice);

/// Why choose_batch_cuda cannot run here ("built without CUDA", "no CUDA device"); empty if it can.
std::string cuda_absence();

/// The backend batches run on: "cpu", or "cuda (NVIDIA H100 80GB HBM3)".
std::string scoring_backend();

/// One choice per request on the device if there is one, else on the CPU.
std::vector<ChoiceResult> choose_batch(const ScoreBatch& batch, const AnyCost& cost,
                                       const AnyChoice& choice);

}  // namespace pigou
