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
/// Gives a frame's steps, the last one the corrected frame. Called on the pictures' thread. Throws: Error, which is shown.
using FrameCorrector = std::function<std::vector<FrameStep>(const BrowsedFrame& frame)>;

// Any thread. Masked and missing values of polar pictures are NaN. Null where there is nothing to show.
ShownValuesPtr shownValues(const BrowsedFrame& frame);
ShownValuesPtr shownValues(const RangeStatistics& sums, FrameStatistic statistic);
/// The same pixels with the values of a step.
ShownValuesPtr withStep(const ShownValues& stored, const FrameStep& step);

/// Rings and azimuths: columns are φ in degrees, rows q in 1/Å.
PicturePtr polarPicture(const ShownValues& values);
/// The same rings as a diffraction pattern: columns and rows q_x and q_y in 1/Å, nearest neighbour, the gap in the middle empty.
/// Cost: size² look-ups, 2 ms at 400.
PicturePtr diskPicture(const ShownValues& values, std::size_t size = 400);
/// Detector frames as assembled, every value as it is; gaps are NaN.
PicturePtr detectorPicture(const ShownValues& values, const Assembly& assembly);
/// Which of that picture's pixels are not valid. Null: all are.
ShadePtr detectorShade(const ShownValues& values, const Assembly& assembly);

} // namespace fxs::ui
