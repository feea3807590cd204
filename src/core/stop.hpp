// Ctrl-C: who works long asks now and then whether to go on.
#pragma once

namespace pigou {

/// Thrown where work is left off because somebody asked to stop.
struct Interrupted {};

/// For a signal handler: from now on work is to stop.
void ask_to_stop(int signal);
bool stop_asked();
/// Throws Interrupted if so. Costs a load: meant for every few thousand rows or events.
void stop_if_asked();

}  // namespace pigou
