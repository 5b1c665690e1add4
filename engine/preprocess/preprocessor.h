#pragma once

#include "engine/core/array.h"
#include "engine/core/task.h"
#include "engine/detector/geometry.h"
#include "engine/model/batch.h"
#include "engine/model/calibration.h"
#include "engine/model/run_source.h"
#include "engine/preprocess/common_mode.h"
#include "engine/preprocess/frame_measures.h"
#include "engine/preprocess/pixel_correction.h"
#include "engine/preprocess/preprocess_settings.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace fxs {

/// One step's picture of a frame, for looking.
struct PreprocessStage {
    std::string name;      ///< "raw", "dark", "common mode", ...
    Array<float, 3> frame; ///< [panel][ss][fs]; what is not valid is 0
    std::string note;      ///< what the step found in this frame: "offset of 64 blocks", "scale 0.97"; may be empty
};

/// What became of the frames of a batch.
struct ProcessedFrames {
    std::vector<std::size_t> kept;     ///< places in the batch, growing
    std::vector<std::uint8_t> ownMask; ///< of each kept frame: 1 where it has bad pixels of its own
    RejectedFrames rejected;
};

/// What a preprocessor is built from beside its settings.
struct PreprocessInput {
    Calibration calibration;                    ///< with the settings' dark and gain applied
    Array<float, 3> background;                 ///< [panel][ss][fs], corrected; empty: none
    double saturation = 0;                      ///< raw value from which a pixel is saturated; infinite: none
    const DetectorGeometry* geometry = nullptr; ///< used by the constructor only; null: not known
};

/// Corrects raw frames and leaves out those that show no particle: dark, common mode, gain, thresholds, photons, streaks
/// of a jet, hit finding, background, normalisation, in the order that README.md of this folder explains. What is
/// compared with the rest of the run (outliers, the shape of I(q), the scale of normalisation) is compared with a survey:
/// frames taken evenly over the run by their index, so that a frame's fate depends on the run and the settings alone.
/// Shape:   frames [frame][panel][ss][fs]; masks 1 = valid.
/// Units:   in: the detector's; out: detector units over gain, or photons.
/// Owns:    its constants (18 bytes a pixel and more) and the survey's results.
/// Threads: survey() first, alone; then process() and correctTile() are const and may run from several threads; the same
///          bits for any thread count.
/// Throws:  Error(badInput) for constants or frames of another shape or a mask that leaves no pixel; Error(badSettings)
///          for steps that need what the run does not have; Stopped.
/// Cost:    about 0.5 ns a pixel for pixelwise steps, 10 ns for a common mode, 1 ns for each other sum over a frame.
class Preprocessor {
public:
    Preprocessor(const PreprocessSettings& settings, PreprocessInput input, const RunInfo& run,
                 const TaskContext& task);

    /// Pixels that are valid in every frame: the run's, without those that calibration or survey find bad.
    const Array<std::uint8_t, 3>& mask() const { return m_mask; }
    /// Reads frames evenly over the run; at least the first, middle and last, whose common bad pixels are masked.
    /// A run whose length is not known is not surveyed. Throws: Error(badSettings) if a step needs more than that.
    void survey(RunSource& run, const TaskContext& task);
    /// The same with frames at hand: for streams, whose first frames stand for the run.
    void survey(const FrameBatch& frames, const TaskContext& task);
    bool isSurveyed() const { return m_surveyed; }

    /// Whether each value is corrected by itself: then correctTile() is all there is to do.
    bool isPixelwise() const { return m_settings.isPixelwise(); }
    /// Pixels [first, first + count), count at most PixelCorrection::kTile, of a frame of a batch as it was read, to
    /// out. False: some value was bad, and the frame is one for process().
    bool correctTile(const FrameBatch& batch, std::size_t frame, std::size_t first, std::size_t count,
                     float* out) const;
    /// Whether single frames may get masks that are to be kept with the images.
    bool keepsFrameMasks() const { return m_settings.badPixels == "mask" || m_settings.jets == "mask"; }

    /// Corrects frames in place: afterwards batch.data holds them (batch.raw16 is empty) and batch.mask is there if any
    /// kept frame has a bad pixel. Frames that are not kept are left undefined.
    ProcessedFrames process(FrameBatch& batch, const TaskContext& task) const;
    /// The same for chosen frames of the batch.
    ProcessedFrames process(FrameBatch& batch, const std::vector<std::size_t>& frames, const TaskContext& task) const;

    /// One frame step by step, for looking. frames: one frame as it was read.
    std::vector<PreprocessStage> explain(const FrameBatch& frame, const TaskContext& task) const;

    /// What was odd: constants that cannot be used, pixels that are always bad. Threads: any.
    std::vector<Problem> problems() const;

private:
    struct Work; ///< one frame under way
    using Stages = std::vector<PreprocessStage>;
    void requireShape(const FrameBatch& batch) const;
    void process(Work& work, Stages* stages) const;
    void correct(Work& work, Stages* stages) const;
    void readPixels(Work& work, Stages* stages) const;
    bool passes(Work& work, const FrameMeasures& measures) const;
    bool passesSurvey(Work& work, const FrameMeasures& measures) const;
    void scale(Work& work, Stages* stages) const;
    double scaleOf(const Work& work) const;
    void show(Stages* stages, const char* name, const Work& work, std::string note = {}) const;

    void maskBad(const std::vector<std::uint16_t>& timesBad, std::size_t frames);
    void takeReferences(const std::vector<FrameMeasures>& measures, const std::vector<double>& scales);
    template <class Read>
    void surveyFrames(std::size_t count, Read read, const TaskContext& task);
    void buildCorrection();

    PreprocessSettings m_settings;
    Calibration m_calibration;
    std::array<std::size_t, 3> m_shape{};
    double m_saturation;
    Array<std::uint8_t, 3> m_mask;
    std::vector<Problem> m_problems;
    std::unique_ptr<const PixelCorrection> m_correction;
    std::unique_ptr<const CommonMode> m_commonMode;
    std::unique_ptr<const FrameMeter> m_meter;
    std::vector<float> m_background; ///< [pixel]; empty: none

    // Of the survey.
    bool m_surveyed = false;
    double m_medianIntensity = 0, m_sigmaIntensity = 0;
    std::vector<double> m_meanProfile;
    double m_reference = 0; ///< what normalisation brings frames to
};

} // namespace fxs
