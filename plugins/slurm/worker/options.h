#pragma once

#include <stdexcept>
#include <string>

namespace fxs::worker {

/// What a shell, a batch script and the plugin read from the exit status.
enum ExitStatus { kDone = 0, kFailed = 1, kWrongUsage = 2, kStopped = 130 };

class WrongUsage : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Options {
    std::string folder; ///< the job's
    int threads = 0;    ///< of one rank; 0: the cores that this process may use
    std::string answer; ///< --version, --check: what is to be printed; else empty
};

/// Throws: WrongUsage; Error where --check finds something wrong.
Options readOptions(int argc, const char* const* argv);

} // namespace fxs::worker
