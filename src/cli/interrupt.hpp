// Ctrl-C: the first asks the run to stop cleanly, the second kills.
#pragma once

namespace pigou {

void watch_interrupts();
bool interrupted();

}  // namespace pigou
