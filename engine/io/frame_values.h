#pragma once

#include <string>

namespace fxs {

/// The value that an integer detector writes for "no count possible"; infinite for signed integers and floats.
/// valueType as h5::Dataset::valueType() names it.
double saturationOf(const std::string& valueType);

} // namespace fxs
