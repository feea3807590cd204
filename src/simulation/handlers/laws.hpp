// What holds of all values together. docs/laws.md.
#pragma once

namespace pigou {

struct Parts;

/// Laws 1 and 2 at this instant. Throws InternalError naming the law.
void check_laws(const Parts& parts);
/// Nothing is left to happen: whoever is still there would stay for ever. In a router's queue, or
/// on decode instances that wait for each other's blocks; nothing but exchanged decodes does that.
void check_nobody_waits(const Parts& parts);

}  // namespace pigou
