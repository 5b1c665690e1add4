#pragma once

#include "engine/detector/geometry_file.h"
#include "engine/io/atomic_output.h"
#include "engine/io/input_settings.h"
#include "engine/model/run_source.h"

#include <string>

namespace fxs {

/// What the run knows, for a geometry file: the shape of its frames, its wavelength, and the numbers in its first file.
GeometryDefaults geometryDefaults(const RunInfo& run);

/// Reads the geometry file of the settings, if there is one, into the run: RunInfo::geometry, the wavelength where nobody else
/// says it, and its bad regions and masks into RunInfo::frameMask. Problems and metadata say what was done.
/// Throws: as readGeometry(); Error of a mask file that the geometry names and that cannot be read.
void applyGeometryFile(const InputSettings& settings, RunInfo& run);

/// Writes a geometry file of ours (geometryToToml()), whole or not at all.
/// Throws: Error(badSettings) for a geometry with problems; as AtomicOutput.
void writeGeometryFile(const std::string& path, const DetectorGeometry& geometry, const WriteOptions& options = {});

} // namespace fxs
