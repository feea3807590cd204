// What the program does with signals, and with streams that are not there.
#pragma once

namespace pigou {

/// From here on the first Ctrl-C (or SIGTERM, or a hang-up) asks for a clean stop, the second
/// kills.
void watch_interrupts();
bool interrupted();

/// A write that cannot be done is an error with a reason, not the end of the process: no SIGPIPE,
/// no SIGXFSZ. And what this process opens never gets the number of a standard stream that was
/// closed, or a result would be printed into it.
void prepare_streams();

}  // namespace pigou
