// What a result says of the seeds it did not have.
#pragma once

#include <cstddef>
#include <string>

namespace pigou {

/// One line where `seeds` are too few for an interval or for one of any use, empty elsewhere.
/// `drawn`: a seed could change something.
std::string seed_note(std::size_t seeds, bool drawn);

}  // namespace pigou
