#pragma once

namespace fxs::app {

/// From here on a crash (SIGSEGV, SIGBUS, SIGFPE) ends the program with a message that names the file that was opened
/// last, and status 1: HDF5 itself crashes on some damaged files, and whoever runs a script wants to know which.
/// Only async-signal-safe calls are made then; FXS_DUMP_CORE in the environment leaves crashes as they are.
void explainCrashes();

} // namespace fxs::app
