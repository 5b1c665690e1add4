#pragma once

#include "engine/detector/geometry.h"
#include "engine/io/input_settings.h"
#include "engine/model/run_source.h"

namespace fxs {

/// The geometry of a run of detector frames: from the geometry file of the settings (as applyGeometryFile() left it in the
/// run), else from the run's own files, else from what the run and the settings say (distance, pixel size, wavelength; the
/// centre, where nobody gives it, is the detector's middle).
/// Throws: Error(badSettings) naming everything that nobody said; errors of the geometry file.
DetectorGeometry geometryOf(const RunInfo& run, const InputSettings& settings);

/// The run's mask with the settings' mask file applied to it (a pixel must be valid in both): of polar images
/// [q][phi] or of frames, as the run has it. Problems say how many pixels are left.
/// Throws:  Error(badInput) for a mask of another shape, or one that leaves no pixel.
void applyMaskFile(const InputSettings& settings, RunInfo& run);

} // namespace fxs
