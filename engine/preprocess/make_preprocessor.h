#pragma once

#include "engine/core/task.h"
#include "engine/detector/geometry.h"
#include "engine/io/input_settings.h"
#include "engine/model/run_source.h"
#include "engine/preprocess/preprocessor.h"

#include <memory>

namespace fxs {

/// A preprocessor for a run of detector frames: reads calibration, dark, gain and background (a run as background is
/// corrected with the same calibration and averaged), and surveys the run where it is one of files.
/// The run may be asked for raw 16-bit frames afterwards (RunSource::allowRaw16): the preprocessor takes both.
/// geometry: where the pixels look; null: not known, and steps that need it are refused.
/// Throws:  Error naming the file or setting, what was found and what was expected; Stopped.
/// Cost:    reads survey-frames frames where a reference is needed, else three; every frame of a background run.
std::unique_ptr<Preprocessor> makePreprocessor(const PreprocessSettings& settings, const InputSettings& input,
                                               RunSource& run, const DetectorGeometry* geometry,
                                               const TaskContext& task);

/// The constants alone: the calibration with the settings' dark and gain put into it.
Calibration readConstants(const PreprocessSettings& settings, const std::array<std::size_t, 3>& shape);

/// Raw value from which a pixel is saturated: what the user says, else the largest that the stored type can hold;
/// infinite for floats.
double saturationOf(const RunInfo& run, const InputSettings& input);

} // namespace fxs
