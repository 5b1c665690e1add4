#pragma once

#include "engine/backend/run_survey.h"
#include "engine/detector/assembly.h"
#include "widgets/plot/picture.h"

#include <QString>
#include <functional>
#include <memory>
#include <vector>

namespace fxs::ui {

/// What is made of one frame or of many.
enum class FrameStatistic { single, sum, mean, maximum };

/// Values by raw pixel, ready to be pictured and read out.
/// Shape: [slab][ss][fs]; [1][q][phi] for polar images. valid, where not empty, is 0 for what the run's mask or the frame's own
/// leaves out, and for what no frame of a range had.
struct ShownValues {
    std::shared_ptr<const RunInfo> run;
    bool polar = false;
    Array<float, 3> values;
    Array<std::uint8_t, 3> valid;

    bool isValid(std::size_t i) const { return valid.empty() || valid.data()[i] != 0; }
};
using ShownValuesPtr = std::shared_ptr<const ShownValues>;

/// One step of what preprocessing does to a frame, for looking.
struct FrameStep {
    QString name, note;
    Array<float, 3> values; ///< [slab][ss][fs]
};
/// What preprocessing does to a frame.
struct FrameCorrection {
    std::vector<FrameStep> steps; ///< in order, the last one the corrected frame, or as far as a rejected one came
    QString rejected;             ///< why the frame is not used; empty: it is
    Array<std::uint8_t, 3> valid; ///< what is valid after the corrections; empty: as before
};
/// Corrects a frame step by step. Called on the pictures' thread. Throws: Error, which is shown.
using FrameCorrector = std::function<FrameCorrection(const BrowsedFrame& frame)>;

// Any thread. Masked and missing values of polar pictures are NaN. Null where there is nothing to show.
ShownValuesPtr shownValues(const BrowsedFrame& frame);
ShownValuesPtr shownValues(const RangeStatistics& sums, FrameStatistic statistic);
/// The same pixels with the values of a step, where valid is not 0 (empty: as before).
ShownValuesPtr withStep(const ShownValues& stored, const FrameStep& step, const Array<std::uint8_t, 3>& valid = {});
/// The same without what a mask of their shape leaves out; those of another shape unchanged.
ShownValuesPtr without(ShownValuesPtr shown, const Array<std::uint8_t, 3>& mask);

/// Rings and azimuths: columns are φ in degrees, rows q in 1/Å.
PicturePtr polarPicture(const ShownValues& values);
/// The same rings as a diffraction pattern: columns and rows q_x and q_y in 1/Å, nearest neighbour, the gap in the middle empty.
/// Cost: linear in size².
PicturePtr diskPicture(const ShownValues& values, std::size_t size = 400);
/// Detector frames as assembled, every value as it is; gaps are NaN.
PicturePtr detectorPicture(const ShownValues& values, const Assembly& assembly);
/// Which of that picture's pixels are not valid, as kTinted, or as kLeftOut where a drawn mask (empty, or of the frame's shape) leaves
/// them out and is seen by itself. Null: all are.
ShadePtr detectorShade(const ShownValues& values, const Assembly& assembly, const Array<std::uint8_t, 3>& drawn = {});

} // namespace fxs::ui
