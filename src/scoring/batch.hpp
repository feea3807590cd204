// Scores many requests against many instances: windows of requests, ensembles of simulations. One
// interface, two backends; choices agree exactly.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "kernels/batch_body.hpp"

namespace pigou {

/// A batch that owns its columns; see BatchView for their meaning. Columns no cost reads stay
/// empty.
struct ScoreBatch {
  std::int64_t instances = 0;
  std::vector<RequestRow> request_rows;
  std::vector<std::uint32_t> state_of;
  std::vector<std::uint64_t> draws;
  std::vector<PoolRow> pools;
  std::vector<std::int64_t> active_prefill_tokens;
  std::vector<std::int64_t> active_blocks;
  std::vector<std::int64_t> active_requests;
  std::vector<double> prefill_s_per_token;
  std::vector<std::uint8_t> eligible;
  std::vector<std::int32_t> overlap_blocks;
  std::vector<std::int32_t> shared_active_blocks;

  /// Pointers into the columns above, valid until one of them changes. Throws InternalError when a
  /// column has neither no entries nor its full number.
  BatchView view() const;
};

using AnyCost = std::variant<LeastOutstandingCost, MinTtftCost, DynamoKvCost, DynamoLmetricCost,
                             DynamoDecodeCost>;
using AnyChoice = std::variant<ArgminChoice, SoftmaxChoice>;

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
