#pragma once

#include <cstdint>
#include <string>

namespace fxs::h5 {

/// Looks at the heaps that texts of any length are kept in, where headers usually are: the first and the last 256 kB of
/// a file. HDF5 1.10 trusts their lengths; damaged ones make it crash, or read for ever.
/// Throws: Error(badInput) naming the file and the place of a heap that does not fit together.
void requireSoundHeaps(const std::string& path, std::uint64_t fileBytes);

} // namespace fxs::h5
