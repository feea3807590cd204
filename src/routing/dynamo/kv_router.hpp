// Dynamo's router of August 2026 around its cost: what dynamo-kv and dynamo-lmetric share. The rule
// and its sources: dynamo_kv.cpp.
#pragma once

#include "routing/dynamo/choice.hpp"
#include "routing/dynamo/parameters.hpp"
#include "routing/policy.hpp"

namespace pigou {

/// `values` are those of dynamo_parameters().
std::unique_ptr<Policy> make_dynamo_router(const ParameterValues& values,
                                           const PolicyLayout& layout, DynamoForm form);

}  // namespace pigou
