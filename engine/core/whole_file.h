#pragma once

#include <cstdint>
#include <string>

namespace fxs {

/// The bytes of a file that is small enough to be held at once: settings, masks, geometries, sessions.
/// largest: bytes; a larger file is not read at all.
/// Throws:  Error(notFound, noPermission, badInput, io) that says what is wrong but not which file: the caller knows
///          what it is to the user (withContext).
std::string readWholeFile(const std::string& path, std::uint64_t largest = std::uint64_t{4} << 30);

} // namespace fxs
