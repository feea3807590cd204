// /result/decisions of a result file: written by `run --decisions`, read by `explain`.
#pragma once

#include <string>

#include "io/hdf5_reader.hpp"
#include "io/hdf5_writer.hpp"
#include "simulation/record/decision_log.hpp"

namespace pigou {

/// Puts the columns under `group` ("/result/decisions").
void write_decisions(Hdf5Writer& writer, const std::string& group, const DecisionColumns& columns);

/// The columns as written; throws UserError when the file is damaged.
DecisionColumns read_decisions(const Hdf5Reader& reader, const std::string& group);

}  // namespace pigou
