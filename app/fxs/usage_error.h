#pragma once

#include <stdexcept>

namespace fxs::app {

/// The command line, or the settings file that stands for it, is wrong: exit status 2.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace fxs::app
