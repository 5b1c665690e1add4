#pragma once

#include "engine/io/atomic_output.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fxs {

/// What a stopped reconstruction needs to go on with the same bits: the state of every restart that has begun, finished ones
/// included (Phaser::save()), by name: "phase/0", "scan/D7", "half 1/0".
struct ReconstructionState {
    std::uint64_t fingerprint = 0; ///< of the coefficients and settings it belongs to
    std::map<std::string, std::vector<double>> restarts;

    bool empty() const { return restarts.empty(); }
};

/// Writes the state whole or not at all, in this program's own binary format (same version and byte order only).
/// Throws: Error(exists, notFound, noPermission, io).
void writeReconstructionState(const std::string& path, const ReconstructionState& state,
                              const WriteOptions& options = {.force = true});
/// Throws: Error(notFound, noPermission, io); Error(badInput) for what is not such a file, is truncated or damaged.
ReconstructionState readReconstructionState(const std::string& path);

} // namespace fxs
