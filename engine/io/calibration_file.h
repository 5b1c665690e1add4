#pragma once

#include "engine/io/atomic_output.h"
#include "engine/model/calibration.h"

#include <array>
#include <string>

namespace fxs {

/// CALIBRATION.h5, what `fxs calibrate` writes: /entry/calibration (NXcollection) with `dark`, `noise`, `gain`
/// [stage][panel][ss][fs] float32, `stage_threshold` [stage - 1][panel][ss][fs], `mask` [panel][ss][fs] uint8 in CXI bits (0 is good),
/// `frames`, each where it is known, and /entry/picture (NXdata), the dark of the first panel, for viewers.
/// Throws:  as writeNxFile(); Error(badInput) naming the dataset, what was found and what was expected.
void writeCalibration(const std::string& path, const Calibration& calibration, const WriteOptions& options = {});
Calibration readCalibration(const std::string& path);
/// Whether a file is one of these (not: whether it is in order). False for what is not HDF5 or not there.
bool isCalibration(const std::string& path);

/// One frame's, or one frame's per gain stage, constants [stage][panel][ss][fs] from a file: of our calibrations the named
/// part ("dark", "gain"), of others the array (number_file.h), whose shape must be the detector's; axes of length 1 do not count.
/// Throws:  Error naming the file, what was found and what was expected.
Array<float, 4> readPixelConstants(const std::string& name, const char* part, const std::array<std::size_t, 3>& shape);

} // namespace fxs
